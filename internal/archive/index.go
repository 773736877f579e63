package archive

import (
	"cmp"
	"slices"
)

// index finds entries by ID. It is sorted by ID, and takes a fraction of a map's
// memory.
type index []indexEntry

// indexEntry is the ID of an entry and its position in the table of contents.
type indexEntry struct{ dumpID, at int32 }

// newIndex returns an index of the entries. It fails if two have the same ID.
func newIndex(entries []Entry) (index, error) {
	x := make(index, len(entries))
	for i := range entries {
		x[i].dumpID, x[i].at = int32(entries[i].DumpID), int32(i)
	}
	slices.SortFunc(x, func(a, b indexEntry) int { return cmp.Compare(a.dumpID, b.dumpID) })
	for i := 1; i < len(x); i++ {
		if x[i-1].dumpID == x[i].dumpID {
			return nil, damaged("two entries have the ID %d", x[i].dumpID)
		}
	}
	return x, nil
}

// find returns the position of the entry with that ID, and whether there is one.
func (x index) find(dumpID int) (int, bool) {
	i, ok := slices.BinarySearchFunc(x, dumpID, func(e indexEntry, id int) int { return cmp.Compare(int(e.dumpID), id) })
	if !ok {
		return 0, false
	}
	return int(x[i].at), true
}
