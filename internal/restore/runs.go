package restore

// runBytes is up to what regions that follow each other are read by one
// request: a database of many small tables takes a few, not one for each.
const runBytes = 1 << 20

// run are regions that follow each other without a gap.
type run []region

func (r run) length() int64 { return total(r) }

// runs gathers small neighbours. The regions are in the dump's order.
func runs(parts []region) (all []run) {
	for _, part := range parts {
		last := len(all) - 1
		if last >= 0 && all[last].length()+part.length <= runBytes && all[last].end() == part.offset {
			all[last] = append(all[last], part)
			continue
		}
		all = append(all, run{part})
	}
	return all
}

func (r run) end() int64 { return r[len(r)-1].offset + r[len(r)-1].length }
