package readback

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// outcome compares what was read.
func (e *expected) outcome(units []*unit) proof.Compared {
	for _, refused := range e.refused {
		e.result.Omit(fmt.Sprintf("rows that the setting %s shapes: the server does not take the dump's value", line(refused)))
	}
	var equal []proof.Table
	add := func(t proof.Table, comparable bool) {
		if e.compareRows(t, comparable) {
			e.result.PerTable = append(e.result.PerTable, t)
		} else if len(equal) < proof.MaxTables {
			equal = append(equal, t)
		}
	}
	groups, order := map[fingerprint.TableName]*group{}, []fingerprint.TableName(nil)
	for _, t := range e.tables {
		switch {
		case t.extra:
			e.result.Differ(proof.Difference{Kind: "table", Object: shown(t.name()), What: notInDump, Expected: "no table", Found: rowsText(t.found)})
		case t.Into != nil:
			g := groups[*t.Into]
			if g == nil {
				g = &group{columns: t.Columns}
				groups[*t.Into], order = g, append(order, *t.Into)
			}
			g.add(t)
		case t.state == readable:
			e.count(t)
			add(proof.Table{Name: shown(t.name()), Expected: t.Rows, Found: t.found}, true)
		}
	}
	for _, name := range order {
		g := groups[name]
		if !g.whole() {
			continue // the tables that were not read are reported
		}
		for _, t := range g.tables {
			e.count(t)
		}
		if !g.sameColumns {
			e.result.Omit(fmt.Sprintf("rows of table %s: its partitions have their columns in different orders, so that only the number of rows was compared", shown(name)))
		}
		add(proof.Table{Name: shown(name), Expected: g.expected, Found: g.found}, g.sameColumns)
	}
	e.result.PerTable = append(e.result.PerTable, equal...)
	e.result.PerTable = e.result.PerTable[:min(len(e.result.PerTable), proof.MaxTables)]
	for _, u := range units {
		e.compareObjects(u)
	}
	return e.result
}

// count counts a table that was compared.
func (e *expected) count(t *table) {
	e.result.Tables++
	e.result.Rows += t.found.Count
}

// group are the tables whose rows were loaded into one partitioned table, which
// may have put them into any of its partitions.
type group struct {
	tables          []*table
	columns         []fingerprint.Name
	sameColumns     bool
	expected, found fingerprint.Rows
}

func (g *group) add(t *table) {
	g.sameColumns = (g.sameColumns || len(g.tables) == 0) && slices.Equal(g.columns, t.Columns)
	g.tables = append(g.tables, t)
	g.expected.Add(t.Rows)
	g.found.Add(t.found)
}

// whole reports whether all tables of the group were read.
func (g *group) whole() bool {
	return !slices.ContainsFunc(g.tables, func(t *table) bool { return t.state != readable })
}

// compareRows reports whether the rows of a table differ. comparable reports
// whether equal rows have equal sums.
func (e *expected) compareRows(t proof.Table, comparable bool) (differs bool) {
	switch {
	case t.Expected.Count != t.Found.Count:
		e.result.Differ(proof.Difference{Kind: "table", Object: t.Name, What: "rows", Expected: fmt.Sprintf("%d rows", t.Expected.Count), Found: fmt.Sprintf("%d rows", t.Found.Count)})
	case t.Expected == t.Found || !comparable:
		return false
	case len(e.refused) > 0:
		e.result.Omit(fmt.Sprintf("rows of table %s: they differ, maybe by settings that the server does not take: %s", t.Name, line(strings.Join(e.refused, ", "))))
		return false
	default:
		e.result.Differ(proof.Difference{Kind: "table", Object: t.Name, What: "rows", Expected: rowsText(t.Expected), Found: rowsText(t.Found)})
	}
	return true
}

// compareObjects compares the large objects of a unit.
func (e *expected) compareObjects(u *unit) {
	slices.SortFunc(u.found, byOID)
	for _, want := range u.objects {
		e.result.LargeObjects++
		at, ok := slices.BinarySearchFunc(u.found, want, byOID)
		if !ok {
			e.lack(want)
		} else if u.found[at] != want {
			e.result.Differ(proof.Difference{Kind: largeObject, Object: fmt.Sprint(want.OID), What: "content", Expected: objectText(want), Found: objectText(u.found[at])})
		}
	}
}
