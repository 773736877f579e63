package definitions_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/proof/definitions"
)

func toc(entries ...archive.Entry) *archive.TOC { return &archive.TOC{Entries: entries} }

func entry(desc, tag, defn string) archive.Entry {
	return archive.Entry{Desc: desc, Namespace: "public", Tag: tag, Defn: defn, Owner: "me"}
}

var everything = definitions.Scope{Owners: true, Grants: true}

// compare returns the differences in words, those that a second database decides
// included.
func compare(dumped, restored, again *archive.TOC, s definitions.Scope) (all []string) {
	c := definitions.Compare(dumped, restored, s)
	c.Settle(again)
	for _, d := range c.Differences {
		all = append(all, d.String())
	}
	return all
}

func TestTheOrderOfEntriesAndGrantsDoesNotMatter(t *testing.T) {
	t.Parallel()
	a, b := entry("TABLE", "a", "CREATE TABLE a;"), entry("OPERATOR", "<<", "one")
	c, d := entry("OPERATOR", "<<", "two"), entry("ACL", "TABLE a", "GRANT 1;\nGRANT 2;\n")
	e := d
	e.Defn = "GRANT 2;\nGRANT 1;\n"
	require.Empty(t, compare(toc(a, b, c, d), toc(e, c, b, a), toc(), everything))
	b.Defn = "other"
	require.Equal(t, []string{"operator public.<<: definition"}, compare(toc(a, b, c, d), toc(e, c, entry("OPERATOR", "<<", "one"), a), toc(b), everything))
	require.Equal(t, []string{"operator public.<<: missing"}, compare(toc(c, c), toc(c), toc(), everything))
	require.Equal(t, []string{"operator public.<<: not in the dump"}, compare(toc(c), toc(c, c), toc(), everything))
}

func TestTextsThatAReloadWritesDifferently(t *testing.T) {
	t.Parallel()
	before, after := entry("VIEW", "v", "IN ('a')"), entry("VIEW", "v", "= ANY (ARRAY['a'])")
	require.True(t, definitions.Compare(toc(before), toc(after), everything).Unclear())
	require.Empty(t, compare(toc(before), toc(after), toc(after), everything))
	require.Equal(t, []string{"view public.v: definition"}, compare(toc(before), toc(after), toc(before), everything))
	require.Equal(t, []string{"view public.v: definition"}, compare(toc(before), toc(after), toc(), everything))
}

func TestWhatIsNotCompared(t *testing.T) {
	t.Parallel()
	var left []archive.Entry
	for _, kind := range []string{"TABLE DATA", "SEQUENCE SET", "BLOBS", "MATERIALIZED VIEW DATA", "STATISTICS DATA", "DATABASE", "STDSTRINGS", "SEARCHPATH"} {
		left = append(left, entry(kind, "x", "x"))
	}
	left = append(left, archive.Entry{Desc: "COMMENT", Tag: "DATABASE \"shop\""}, archive.Entry{Desc: "ACL", Tag: "DATABASE \"shop\""})
	require.Zero(t, definitions.Compare(toc(left...), toc(), everything).Entries)
	require.Empty(t, compare(toc(left...), toc(), toc(), everything))

	mine, theirs := entry("TABLE", "a", "CREATE TABLE a;"), entry("TABLE", "a", "CREATE TABLE a;")
	theirs.Owner, theirs.OID, theirs.DumpID, theirs.Tablespace = "you", 7, 7, "fast"
	require.Empty(t, compare(toc(mine, entry("ACL", "TABLE a", "GRANT")), toc(theirs), toc(), definitions.Scope{Grants: true}))
	require.Equal(t, []string{"table public.a: owner (expected me, found you)"}, compare(toc(mine), toc(theirs), toc(), everything))
	heap := slices.Clone(toc(mine).Entries)
	heap[0].TableAM = "columnar"
	require.Equal(t, []string{"table public.a: table access method (expected columnar, found )"}, compare(toc(heap...), toc(mine), toc(), everything))
}
