package restore

// runBytes bounds the consecutive regions that are read by one request. A
// database of many small tables then needs a few requests, not one for each
// table.
const runBytes = 1 << 20

// run is a sequence of regions without gaps.
type run []region

func (r run) length() int64 { return total(r) }

// runs joins small neighbours into runs. The regions are in the dump's order.
func runs(parts []region) (all []run) {
	length := int64(0) // of the last run
	for _, part := range parts {
		last := len(all) - 1
		if last >= 0 && length+part.length <= runBytes && all[last].end() == part.offset {
			all[last] = append(all[last], part)
			length += part.length
			continue
		}
		all = append(all, run{part})
		length = part.length
	}
	return all
}

func (r run) end() int64 { return r[len(r)-1].offset + r[len(r)-1].length }
