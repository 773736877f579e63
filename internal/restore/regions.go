package restore

import (
	"cmp"
	"slices"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
)

// region is a part of the dump: the data of an entry, or a piece of it.
type region struct {
	entry          *archive.Entry
	part           archive.Part
	offset, length int64
	// effort is the work in pieces of the usual size; see share.
	effort float64
}

// whole reports whether the region has all data of its entry.
func (r region) whole() bool { return r.part.First && r.part.Last }

// parts returns the regions to restore.
func (l *loading) parts() ([]region, error) {
	all, err := regions(l.toc, l.dump)
	return slices.DeleteFunc(all, func(r region) bool { return !l.chosen.Has(r.entry) }), err
}

// regions returns the regions of all entries with data, in the dump's order. A
// region ends where the next one begins.
func regions(toc *archive.TOC, d Dump) ([]region, error) {
	var all []region
	for i := range toc.Entries {
		e := &toc.Entries[i]
		if e.State != archive.OffsetSet {
			continue
		}
		starts := d.Pieces[e.DumpID]
		if len(starts) == 0 {
			starts = []int64{e.Offset}
		}
		if starts[0] != e.Offset {
			return nil, d.misplaced(e)
		}
		for piece, start := range starts {
			all = append(all, region{entry: e, offset: start, part: archive.Part{First: piece == 0, Last: piece == len(starts)-1}})
		}
	}
	slices.SortFunc(all, func(a, b region) int { return cmp.Compare(a.offset, b.offset) })
	end := d.Size
	for i := range slices.Backward(all) {
		all[i].length = end - all[i].offset
		end = all[i].offset
		if all[i].length <= 0 || end < toc.Size() {
			return nil, d.misplaced(all[i].entry)
		}
	}
	return all, nil
}

func (d Dump) misplaced(e *archive.Entry) error {
	return failure.New(failure.VerificationFailed, "restore from another recovery point",
		"the %s is damaged: the data of entry %d cannot begin at byte %d", d.Name, e.DumpID, e.Offset)
}

func total(all []region) (bytes int64) {
	for _, r := range all {
		bytes += r.length
	}
	return bytes
}
