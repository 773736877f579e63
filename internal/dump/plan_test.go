package dump

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy/pieces"
)

func tableEntry(id int, name string) archive.Entry {
	return archive.Entry{
		DumpID: id, OID: uint32(id), Tag: name, Namespace: "public", Desc: archive.DescTableData, State: archive.OffsetNotSet,
		CopyStmt: fmt.Sprintf("COPY \"public\".%q (\"a\", \"b(c)\") FROM stdin;\n", name),
	}
}

// TestUnitsCoverEveryTableOnce is an invariant over random databases.
func TestUnitsCoverEveryTableOnce(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		toc, f := &archive.TOC{}, facts{tables: map[uint32]tableFacts{}}
		for id := range random.IntN(400) {
			toc.Entries = append(toc.Entries, tableEntry(id+1, fmt.Sprintf("t%d", id)))
			pages := int64(random.ExpFloat64() * float64(uint64(1)<<random.IntN(18)))
			f.tables[uint32(id+1)] = tableFacts{Pages: pages, Bytes: pages * 8192, Heap: random.IntN(20) > 0}
		}
		connections := 1 + random.IntN(16)
		units, err := planUnits(toc, f, connections, 15)
		require.NoError(t, err)
		covered := covers(t, units)
		for i := range toc.Entries {
			require.Equal(t, 1, covered[toc.Entries[i].DumpID], "table %d", i)
		}
		require.LessOrEqual(t, len(units), len(toc.Entries)+pieces.MaxPieces)
	}
}

// covers counts how often each entry is copied from its first row to its last.
// The pieces of an entry must be consecutive.
func covers(t *testing.T, units []*unit) map[int]int {
	t.Helper()
	covered, open, last := map[int]int{}, 0, 0
	for _, u := range units {
		if u.whole() {
			require.Zero(t, open)
			for _, c := range u.tables {
				require.Greater(t, c.entry.DumpID, last, "units are in the order of the table of contents")
				last = c.entry.DumpID
				covered[last]++
			}
			continue
		}
		id := u.tables[0].entry.DumpID
		require.Equal(t, u.first, open == 0)
		open = id
		if u.last {
			covered[id]++
			open = 0
		}
	}
	require.Zero(t, open)
	return covered
}

func TestPiecesOfALargeTable(t *testing.T) {
	t.Parallel()
	toc := &archive.TOC{Entries: []archive.Entry{tableEntry(7, `o"dd`)}}
	toc.Entries[0].CopyStmt = "COPY \"public\".\"o\"\"dd\" (\"a\") FROM stdin;\n"
	f := facts{tables: map[uint32]tableFacts{7: {Pages: 3200, Bytes: 25 << 20, Heap: true}}}
	units, err := planUnits(toc, f, 4, 15)
	require.NoError(t, err)
	var sql []string
	for _, u := range units {
		sql = append(sql, u.tables[0].sql)
	}
	require.Equal(t, []string{
		`COPY (SELECT "a" FROM ONLY "public"."o""dd" WHERE ctid >= '(0,0)' AND ctid < '(1066,0)') TO STDOUT`,
		`COPY (SELECT "a" FROM ONLY "public"."o""dd" WHERE ctid >= '(1066,0)' AND ctid < '(2133,0)') TO STDOUT`,
		`COPY (SELECT "a" FROM ONLY "public"."o""dd" WHERE ctid >= '(2133,0)') TO STDOUT`,
	}, sql)

	for mib, want := range map[int64]int{15: 1, 16: 2, 64: 8, 256: 8, 1024: 32, 1 << 20: pieces.MaxPieces} {
		units, err := planUnits(toc, factsOf(7, tableFacts{Pages: mib * 128, Bytes: mib << 20, Heap: true}), 4, 15)
		require.NoError(t, err)
		require.Len(t, units, want, "%d MiB", mib)
	}

	for name, change := range map[string]func(*tableFacts, *archive.Entry) (serverMajor int){
		"an old server":         func(*tableFacts, *archive.Entry) int { return 13 },
		"another access method": func(f *tableFacts, _ *archive.Entry) int { f.Heap = false; return 15 },
		"a condition":           func(f *tableFacts, _ *archive.Entry) int { f.Condition = "WHERE a"; return 15 },
		"no columns": func(_ *tableFacts, e *archive.Entry) int {
			e.CopyStmt = "COPY \"public\".\"o\"\"dd\"  FROM stdin;\n"
			return 15
		},
	} {
		facts, entry := f.tables[7], toc.Entries[0]
		major := change(&facts, &entry)
		whole, err := planUnits(&archive.TOC{Entries: []archive.Entry{entry}}, factsOf(7, facts), 4, major)
		require.NoError(t, err)
		require.Len(t, whole, 1, name)
	}
}

// A single connection copies whole tables, which spares the server's cache.
func TestOneConnectionCopiesWholeTables(t *testing.T) {
	t.Parallel()
	toc := &archive.TOC{Entries: []archive.Entry{tableEntry(7, "large")}}
	units, err := planUnits(toc, factsOf(7, tableFacts{Pages: 1 << 20, Bytes: 8 << 30, Heap: true}), 1, 15)
	require.NoError(t, err)
	require.Len(t, units, 1)
	require.Equal(t, `COPY "public"."large" ("a", "b(c)") TO STDOUT`, units[0].tables[0].sql)
}

func factsOf(oid uint32, t tableFacts) facts { return facts{tables: map[uint32]tableFacts{oid: t}} }

func TestAStrangeCopyStatementIsRefused(t *testing.T) {
	t.Parallel()
	for _, statement := range []string{"", "COPY other (a) FROM stdin;\n", "COPY \"public\".\"t\" (a) FROM stdin; DROP TABLE x;\n", "COPY \"public\".\"t\" a FROM stdin;\n"} {
		e := tableEntry(1, "t")
		e.CopyStmt = statement
		_, err := planUnits(&archive.TOC{Entries: []archive.Entry{e}}, facts{}, 1, 15)
		require.ErrorIs(t, err, archive.ErrDamaged, statement)
	}
}

func TestLargeObjectsAreCutByNumberAndSize(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	for name, c := range map[string]struct {
		sizes []int64
		want  []int
	}{
		"none":           {nil, []int{0}},
		"many small":     {slices.Repeat([]int64{1024}, 12_000), []int{5000, 5000, 2000}},
		"a few large":    {slices.Repeat([]int64{20 * mib}, 4), []int{1, 1, 1, 1}},
		"one is larger":  {[]int64{1, 2, 100 * mib, 3, 4, 5}, []int{2, 1, 3}},
		"as they do fit": {[]int64{4 * mib, 4 * mib, 1, 4 * mib}, []int{2, 2}},
	} {
		toc := &archive.TOC{Entries: []archive.Entry{{DumpID: 3, Desc: archive.DescLargeObjects, State: archive.OffsetNotSet}}}
		var f facts
		for i, size := range c.sizes {
			f.objects = append(f.objects, object{uint32(i + 1), size})
			f.objectBytes += size
		}
		units, err := planUnits(toc, f, 4, 15)
		require.NoError(t, err)
		var counts []int
		next, bytes := uint32(1), int64(0)
		for i, u := range units {
			counts = append(counts, len(u.objects))
			bytes += u.weight.total
			require.Equal(t, i == 0, u.first)
			require.Equal(t, i == len(units)-1, u.last)
			for _, oid := range u.objects {
				require.Equal(t, next, oid)
				next++
			}
		}
		require.Equal(t, c.want, counts, name)
		require.Equal(t, f.objectBytes, bytes)
	}
}
