package selection_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/archive/archivetest"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/test/growth"
)

// upTo returns the numbers from first to last.
func upTo(first, last int) (all []int) {
	for i := first; i <= last; i++ {
		all = append(all, i)
	}
	return all
}

// repeated returns n entries that entry makes of their IDs, from first on.
func repeated(first, n int, entry func(id int) archive.Entry) (all []archive.Entry) {
	for id := first; id < first+n; id++ {
		e := entry(id)
		e.DumpID = id
		all = append(all, e)
	}
	return all
}

func table(id int) archive.Entry {
	return archive.Entry{Desc: "TABLE", Namespace: "s", Tag: fmt.Sprint("t", id)}
}

// The time of a choice is proportional to the size of the archive, whatever a
// stranger writes into it.
func TestChoosingGrowsWithTheArchive(t *testing.T) {
	t.Parallel()
	all := selection.Request{Schemas: []string{"s"}}
	for name, c := range map[string]struct {
		size    int
		entries func(n int) []archive.Entry
		wanted  func(n int) selection.Request
	}{
		"schemas": {2500, func(n int) []archive.Entry {
			schemas := repeated(1, n, func(id int) archive.Entry { return archive.Entry{Desc: "SCHEMA", Tag: fmt.Sprint("s", id)} })
			return append(schemas, repeated(n+1, n, func(id int) archive.Entry {
				return archive.Entry{Desc: "TABLE", Namespace: fmt.Sprint("s", id-n), Tag: "t", Dependencies: []int{max(id-1, n+1)}}
			})...)
		}, func(n int) selection.Request { return selection.Request{Tables: []string{fmt.Sprint("s", n, ".t")}} }},
		"names that are asked for": {500, func(n int) []archive.Entry { return repeated(1, n, table) }, func(n int) (w selection.Request) {
			for i := range n {
				w.Tables = append(w.Tables, fmt.Sprint("t", i+1))
			}
			return w
		}},
		"schemas that are asked for": {500, func(n int) []archive.Entry {
			return repeated(1, n, func(id int) archive.Entry { return archive.Entry{Desc: "SCHEMA", Tag: fmt.Sprint("s", id)} })
		}, func(n int) (w selection.Request) {
			for i := range n {
				w.Schemas = append(w.Schemas, fmt.Sprint("s", i+1))
			}
			return w
		}},
		"dependencies of one constraint on tables of one name": {2500, func(n int) []archive.Entry {
			tables := repeated(1, n, func(int) archive.Entry { return archive.Entry{Desc: "TABLE", Namespace: "s", Tag: "t"} })
			return append(tables, archive.Entry{DumpID: n + 1, Desc: "CONSTRAINT", Namespace: "s", Tag: "t key", Dependencies: upTo(1, n), DropStmt: strings.Repeat(" s.x", n)})
		}, nil},
		"parents of one table": {2500, func(n int) []archive.Entry {
			parents := repeated(1, n, table)
			var names []string
			for _, p := range parents {
				names = append(names, "s."+p.Tag)
			}
			child := archive.Entry{DumpID: n + 1, Desc: "TABLE", Namespace: "u", Tag: "child", Dependencies: upTo(1, n), Defn: "CREATE TABLE u.child (\n)\nINHERITS (" + strings.Join(names, ", ") + ");\n"}
			return append(parents, child)
		}, nil},
		"casts, each of which needs the next": {1250, func(n int) []archive.Entry {
			casts := repeated(1, n, func(id int) archive.Entry { return archive.Entry{Desc: "CAST", Tag: "c", Dependencies: []int{id + 1}} })
			return append(casts, archive.Entry{DumpID: n + 1, Desc: "TYPE", Namespace: "s", Tag: "y"})
		}, nil},
		"shell types of one name": {1250, func(n int) []archive.Entry {
			shells := repeated(1, n, func(int) archive.Entry { return archive.Entry{Desc: "SHELL TYPE", Namespace: "s", Tag: "y"} })
			return append(shells, repeated(n+1, n, func(int) archive.Entry { return archive.Entry{Desc: "TYPE", Namespace: "s", Tag: "y"} })...)
		}, nil},
		"rules of one view": {10_000, func(n int) []archive.Entry {
			view := archive.Entry{DumpID: 1, Desc: "VIEW", Namespace: "s", Tag: "v"}
			rules := repeated(2, n, func(int) archive.Entry {
				return archive.Entry{Desc: "RULE", Namespace: "s", Tag: "v _RETURN", Dependencies: []int{1}}
			})
			return append(append([]archive.Entry{view}, rules...), archive.Entry{DumpID: n + 2, Desc: "MATERIALIZED VIEW", Namespace: "s", Tag: "m", Dependencies: []int{1}})
		}, nil},
		"dependencies of a sequence that others own": {1250, func(n int) []archive.Entry {
			tables := repeated(1, n, table)
			sequence := archive.Entry{DumpID: n + 1, Desc: "SEQUENCE", Namespace: "s", Tag: "q", Dependencies: upTo(1, n)}
			return append(append(tables, sequence), repeated(n+2, n, func(int) archive.Entry {
				return archive.Entry{Desc: "SEQUENCE OWNED BY", Namespace: "s", Tag: "q", Dependencies: []int{n + 1}}
			})...)
		}, nil},
		"tables of extensions": {1250, func(n int) []archive.Entry {
			extensions := repeated(1, n, func(id int) archive.Entry { return archive.Entry{Desc: "EXTENSION", Tag: fmt.Sprint("e", id)} })
			return append(extensions, repeated(n+1, n, func(int) archive.Entry {
				return archive.Entry{Desc: archive.DescTableData, Namespace: "s", Tag: "configuration"}
			})...)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			growth.Linear(t, c.size, func(n int) func() {
				toc, wanted := archivetest.TOC(t, c.entries(n)...), all
				if c.wanted != nil {
					wanted = c.wanted(n)
				}
				return func() {
					_, err := selection.Choose(toc, wanted)
					require.NoError(t, err)
				}
			})
		})
	}
}

// A partition may be attached to another partition, and that to a third.
func TestTheLoadOrderGrowsWithTheArchive(t *testing.T) {
	t.Parallel()
	growth.Linear(t, 1250, func(n int) func() {
		entries := repeated(1, n, table)
		entries = append(entries, repeated(n+1, n, func(id int) archive.Entry {
			return archive.Entry{Desc: "TABLE ATTACH", Namespace: "s", Dependencies: []int{id - n, max(id-n-1, 1)}}
		})...)
		entries = append(entries, repeated(2*n+1, n, func(id int) archive.Entry {
			return archive.Entry{Desc: archive.DescTableData, Namespace: "s", Dependencies: []int{id - 2*n}, State: archive.OffsetNotSet}
		})...)
		toc := archivetest.TOC(t, entries...)
		chosen, err := selection.Choose(toc, selection.Request{})
		require.NoError(t, err)
		return func() {
			require.Len(t, selection.LoadOrder(toc, chosen), n)
			roots := selection.NewRoots(toc, chosen)
			for i := range toc.Entries {
				roots.Of(&toc.Entries[i])
			}
		}
	})
}

// A stranger's archive decides how much there is to say about a choice.
func TestNotesOnAChoiceAreBounded(t *testing.T) {
	t.Parallel()
	const keys = 1000
	long := strings.Repeat("x", 100_000)
	entries := []archive.Entry{{DumpID: 1, Desc: "TABLE", Namespace: "s", Tag: "t"}, {DumpID: 2, Desc: "TABLE", Namespace: "other", Tag: long}}
	entries = append(entries, repeated(3, keys, func(int) archive.Entry {
		return archive.Entry{Desc: "FK CONSTRAINT", Namespace: "s", Tag: "t " + long, Dependencies: []int{1, 2}}
	})...)
	entries = append(entries, repeated(3+keys, keys, func(int) archive.Entry { return archive.Entry{Desc: "EXTENSION", Tag: long} })...)
	entries = append(entries, archive.Entry{DumpID: 3 + 2*keys, Desc: archive.DescTableData, Namespace: "s", Tag: "configuration"})
	chosen, err := selection.Choose(archivetest.TOC(t, entries...), selection.Request{Schemas: []string{"s"}})
	require.NoError(t, err)
	require.Len(t, chosen.Notes, 201)
	require.Equal(t, "… and 801 more", chosen.Notes[200])
	for _, note := range chosen.Notes {
		require.Less(t, len(note), 5000)
	}
}
