package contents_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/archive/contents"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

func TestList(t *testing.T) {
	t.Parallel()
	data := func(id int, desc, schema, name string, offset int64) archive.Entry {
		return archive.Entry{DumpID: id, Desc: desc, Namespace: schema, Tag: name, HadDumper: true, State: archive.OffsetSet, Offset: offset}
	}
	toc := &archive.TOC{Entries: []archive.Entry{
		{DumpID: 1, Desc: "ENCODING", Tag: "ENCODING"},
		{DumpID: 2, Desc: "VIEW", Namespace: "b", Tag: "t"},
		{DumpID: 3, Desc: "TABLE", Namespace: "b", Tag: "t"},
		{DumpID: 4, Desc: "TABLE", Namespace: "a", Tag: "u"},
		{DumpID: 5, Desc: "TABLE", Namespace: "a", Tag: "partitioned"},
		{DumpID: 6, Desc: "SCHEMA", Tag: "b"},
		{DumpID: 7, Desc: "FUNCTION", Namespace: "b", Tag: "t()"},
		{DumpID: 8, Desc: "INDEX", Namespace: "b", Tag: "i"},
		data(9, archive.DescTableData, "b", "t", 100),
		data(10, archive.DescLargeObjects, "", "BLOBS", 130),
		data(11, archive.DescTableData, "a", "u", 150),
		data(12, archive.DescLargeObjects, "", "BLOBS", 157),
	}}
	rows := func(n int64) *int64 { return &n }
	counted := fingerprint.File{
		Tables:       []fingerprint.Table{{DumpID: 11, Rows: fingerprint.Rows{Count: 0}}, {DumpID: 9, Rows: fingerprint.Rows{Count: 42}}},
		LargeObjects: make([]fingerprint.Object, 3),
	}
	require.Equal(t, []contents.Object{
		{Kind: "schema", Name: "b"},
		{Kind: "table", Schema: "a", Name: "partitioned"},
		{Kind: "table", Schema: "a", Name: "u", Rows: rows(0), Bytes: 7},
		{Kind: "table", Schema: "b", Name: "t", Rows: rows(42), Bytes: 30},
		{Kind: "view", Schema: "b", Name: "t"},
		{Kind: "function", Schema: "b", Name: "t()"},
		{Kind: "large objects", Name: "-", Rows: rows(3), Bytes: 20 + 43},
	}, contents.List(toc, 200, counted))

	uncounted := contents.List(toc, 200, fingerprint.File{})
	require.Equal(t, contents.Object{Kind: "table", Schema: "b", Name: "t", Bytes: 30}, uncounted[3])
	require.Equal(t, contents.Object{Kind: "large objects", Name: "-", Bytes: 63}, uncounted[6])
}
