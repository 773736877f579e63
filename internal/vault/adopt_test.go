package vault_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

func TestFindStored(t *testing.T) {
	t.Parallel()
	const dump, list, prints = "dump", "4 00\n", "{}\n"
	whole := manifest.Dump{
		Blob: "d.dump", BlocksBlob: "d.txt", Size: int64(len(dump)), BlocksSHA256: blobstore.HashOf([]byte(list)), BlocksSize: int64(len(list)),
	}
	fingerprints := manifest.Fingerprints{Blob: "f.json", Size: int64(len(prints)), SHA256: blobstore.HashOf([]byte(prints))}
	other := blobstore.HashOf([]byte("another"))
	for name, c := range map[string]struct {
		dump, meta, list string
		// prints are the stored fingerprints; the dump has none if it is empty.
		prints string
		edit   func(*manifest.Dump)
		found  bool
	}{
		"whole":                           {dump: dump, meta: whole.BlocksSHA256, list: list, found: true},
		"whole, with fingerprints":        {dump: dump, meta: whole.BlocksSHA256, list: list, prints: prints, found: true},
		"other fingerprints":              {dump: dump, meta: whole.BlocksSHA256, list: list, prints: "[]\n"},
		"longer fingerprints":             {dump: dump, meta: whole.BlocksSHA256, list: list, prints: prints + "x"},
		"no dump":                         {meta: whole.BlocksSHA256, list: list},
		"a dump of another length":        {dump: dump + "x", meta: whole.BlocksSHA256, list: list},
		"another dump by its metadata":    {dump: dump, meta: other, list: list},
		"no block list":                   {dump: dump, meta: whole.BlocksSHA256},
		"a longer block list":             {dump: dump, meta: whole.BlocksSHA256, list: list + "x"},
		"another block list":              {dump: dump, meta: whole.BlocksSHA256, list: "4 11\n"},
		"another list than was announced": {dump: dump, meta: other, list: list, edit: func(d *manifest.Dump) { d.BlocksSHA256 = other }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			if c.dump != "" {
				_, err := b.container.PutNew(t.Context(), whole.Blob, []byte(c.dump), blobstore.Meta{"blocklist": c.meta})
				require.NoError(t, err)
			}
			if c.list != "" {
				_, err := b.container.PutNew(t.Context(), whole.BlocksBlob, []byte(c.list), nil)
				require.NoError(t, err)
			}
			asked := whole
			if c.edit != nil {
				c.edit(&asked)
			}
			described := statement.Dump{Dump: asked}
			if c.prints != "" {
				described.Fingerprints = fingerprints
				_, err := b.container.PutNew(t.Context(), fingerprints.Blob, []byte(c.prints), nil)
				require.NoError(t, err)
			}
			found, err := b.FindStored(t.Context(), described)
			require.NoError(t, err)
			require.Equal(t, c.found, found)
			if found {
				etag, there, err := b.FindDump(t.Context(), asked)
				require.NoError(t, err)
				require.True(t, there)
				require.NotEmpty(t, etag)
			}
		})
	}
}
