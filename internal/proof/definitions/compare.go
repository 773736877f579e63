package definitions

import (
	"cmp"
	"slices"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/proof"
)

// Comparison is the outcome of comparing two tables of contents.
type Comparison struct {
	// Entries counts the archive's entries that were compared.
	Entries int
	// Differences are the certain ones.
	Differences []proof.Difference
	// unclear are the objects whose texts differ.
	unclear map[identity][]content
	scope   Scope
}

// Compare compares the table of contents of a restored database with the archive's.
func Compare(dumped, restored *archive.TOC, s Scope) *Comparison {
	c := &Comparison{unclear: map[identity][]content{}, scope: s}
	want, have := s.index(dumped), s.index(restored)
	for _, id := range keys(want) {
		c.Entries += len(want[id])
		c.object(id, want[id], have[id])
	}
	for _, id := range keys(have) {
		for range have[id][min(len(want[id]), len(have[id])):] {
			c.Differences = append(c.Differences, proof.Difference{Kind: id.kindText(), Object: id.text(), What: "not in the dump"})
		}
	}
	return c
}

// index returns the contents of the compared entries.
func (s Scope) index(toc *archive.TOC) map[identity][]content {
	all := map[identity][]content{}
	for i := range toc.Entries {
		if e := &toc.Entries[i]; s.compared(e) {
			id, c := s.of(e)
			all[id] = append(all[id], c)
		}
	}
	return all
}

// keys returns the identities in a fixed order.
func keys(m map[identity][]content) []identity {
	all := make([]identity, 0, len(m))
	for id := range m {
		all = append(all, id)
	}
	slices.SortFunc(all, func(a, b identity) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.schema, b.schema), cmp.Compare(a.name, b.name), cmp.Compare(a.of, b.of))
	})
	return all
}

// object compares the entries of an identity. Equal ones are paired first.
func (c *Comparison) object(id identity, want, have []content) {
	want, have = without(want, have), without(have, want)
	order(want)
	order(have)
	for i, w := range want {
		if i >= len(have) {
			c.Differences = append(c.Differences, proof.Difference{Kind: id.kindText(), Object: id.text(), What: "missing"})
			continue
		}
		c.pair(id, w, have[i])
	}
}

// pair compares two entries that are not equal.
func (c *Comparison) pair(id identity, want, have content) {
	if want.owner != have.owner {
		c.Differences = append(c.Differences, proof.Difference{
			Kind: id.kindText(), Object: id.text(), What: "owner", Expected: line(want.owner), Found: line(have.owner),
		})
	}
	if want.method != have.method {
		c.Differences = append(c.Differences, proof.Difference{
			Kind: id.kindText(), Object: id.text(), What: "table access method", Expected: line(want.method), Found: line(have.method),
		})
	}
	if want.definition != have.definition {
		c.unclear[id] = append(c.unclear[id], have)
	}
}

// Unclear reports whether texts differ, so that it takes a second database to
// tell whether definitions do.
func (c *Comparison) Unclear() bool { return len(c.unclear) > 0 }

// Settle decides the unclear ones. again is the table of contents of a database
// into which the archive's definitions were loaded once more.
func (c *Comparison) Settle(again *archive.TOC) {
	reloaded := c.scope.index(again)
	for _, id := range keys(c.unclear) {
		for _, have := range c.unclear[id] {
			if !slices.ContainsFunc(reloaded[id], func(r content) bool { return r.definition == have.definition }) {
				c.Differences = append(c.Differences, proof.Difference{Kind: id.kindText(), Object: id.text(), What: id.what()})
			}
		}
	}
	clear(c.unclear)
}

// without returns all without the elements that equal one of the others each.
func without(all, others []content) []content {
	if slices.Equal(all, others) {
		return nil
	}
	others = slices.Clone(others)
	var left []content
	for _, c := range all {
		if at := slices.Index(others, c); at >= 0 {
			others = slices.Delete(others, at, at+1)
		} else {
			left = append(left, c)
		}
	}
	return left
}

func order(all []content) {
	slices.SortFunc(all, func(a, b content) int {
		return cmp.Or(cmp.Compare(a.definition, b.definition), cmp.Compare(a.owner, b.owner), cmp.Compare(a.method, b.method))
	})
}
