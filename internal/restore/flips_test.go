package restore_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// keptDump is a stored dump of a small database.
type keptDump struct {
	container *blobstore.Container
	manifest  manifest.Manifest
	// content and list are the dump and its block list as stored.
	content, list []byte
}

func keep(t *testing.T, r restore.Restorer, account signin.Account, compression string) keptDump {
	t.Helper()
	container, err := azureblob.Open(localenvtest.Container(t), localenvtest.Azurite(t).Credential(), azureblob.Options{})
	require.NoError(t, err)
	result, err := dump.Dumper{Source: r.Source, Container: container, Tools: r.Tools, MemoryBudget: 16 << 20, Memory: r.Memory}.Stream(t.Context(), dump.Request{
		Account: account, Blob: "dump", BlocksBlob: "blocks", FingerprintsBlob: "fingerprints", StallTimeout: time.Minute, LockTimeout: time.Minute, Connections: 3,
		Compression: dump.Compression{Algorithm: compression},
	}, progress.NewMeter(time.Now, "dump"))
	require.NoError(t, err)
	content, _, err := container.Get(t.Context(), "dump", 1<<30)
	require.NoError(t, err)
	list, _, err := container.Get(t.Context(), "blocks", 1<<30)
	require.NoError(t, err)
	return keptDump{container: container, content: content, list: list, manifest: manifest.Manifest{
		Instance: "shop/orders", PointID: "20261124T020000Z-0a1b2c3d",
		Dump: manifest.Dump{
			Blob: "dump", Size: result.Blob.Size, BlocksBlob: "blocks", BlocksSHA256: result.BlocksSHA256, BlocksSize: result.BlocksSize,
			TOCSize: result.Layout.TOCSize, Pieces: result.Layout.Pieces,
		},
	}}
}

// open opens the dump as a restore does.
func (k keptDump) open() restore.Dump {
	d := k.manifest.Dump
	return restore.Dump{
		Name: "dump of recovery point " + k.manifest.PointID, Size: d.Size, TOCSize: d.TOCSize, Pieces: d.Pieces,
		Open: vault.New(k.container).Dump(k.manifest, vault.Source{}).OpenRange,
	}
}

// flip stores the dump with one bit changed.
func (k keptDump) flip(t *testing.T, bit int) {
	t.Helper()
	damaged := bytes.Clone(k.content)
	damaged[bit/8] ^= 1 << (bit % 8)
	_, err := k.container.Put(t.Context(), "dump", damaged, nil)
	require.NoError(t, err)
}

// inMemory returns the dump in a storage that flips a bit.
func (k keptDump) inMemory(t *testing.T) (keptDump, *localenvtest.FlippedBits) {
	t.Helper()
	storage := &localenvtest.FlippedBits{Blobs: map[string][]byte{"dump": k.content, "blocks": k.list}}
	var err error
	k.container, err = azureblob.Open(localenvtest.Container(t), localenvtest.Azurite(t).Credential(), azureblob.Options{Transport: storage})
	require.NoError(t, err)
	return k, storage
}

func requireBlamed(t *testing.T, err error, at int) {
	t.Helper()
	require.Equal(t, failure.VerificationFailed, failure.CodeOf(err), "bit flipped in byte %d: %v", at, err)
	require.False(t, failure.CodeOf(err).Retryable())
	var damage *blobstore.Damage
	require.ErrorAs(t, err, &damage)
	require.True(t, damage.Offset <= int64(at) && int64(at) < damage.Offset+damage.Size, "%d: %v", at, err)
	for _, part := range []string{"20261124T020000Z-0a1b2c3d", " of dump, ", fmt.Sprintf("offset %d", damage.Offset), "pgvault verify", "another recovery point"} {
		require.ErrorContains(t, err, part)
	}
}

// asking records which bytes are requested.
func asking(d restore.Dump) (restore.Dump, func(at int) bool) {
	var ranges [][2]int64
	open := d.Open
	d.Open = func(ctx context.Context, offset, count int64) (io.ReadCloser, error) {
		ranges = append(ranges, [2]int64{offset, offset + count})
		return open(ctx, offset, count)
	}
	return d, func(at int) bool {
		return slices.ContainsFunc(ranges, func(r [2]int64) bool { return r[0] <= int64(at) && int64(at) < r[1] })
	}
}

// compressions returns the compressions that the installed pg_dump and its
// server support.
func compressions(r restore.Restorer) []string {
	if r.Tools[0].Major < 16 {
		return []string{"none", "gzip"}
	}
	return []string{"none", "gzip", "lz4", "zstd"}
}

func damageable(t *testing.T) (restore.Restorer, restore.Job, signin.Account) {
	t.Helper()
	from := source(t, "rich.sql")
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), from, `CREATE TABLE shop.large WITH (fillfactor = 10) AS SELECT n, repeat(md5(n::text), 20) AS filler FROM generate_series(1, 3000) n`))
	r, job := target(t)
	account := job.Account
	account.Database = from
	return r, job, account
}

// One bit anywhere in a stored dump is changed. Restores of the whole dump, and
// of the part with the bit alone, must notice it.
func TestEveryFlippedBitIsNoticed(t *testing.T) {
	t.Parallel()
	const flips = 300
	r, _, account := damageable(t)
	for i, compression := range compressions(r) {
		t.Run(compression, func(t *testing.T) {
			t.Parallel()
			k, storage := keep(t, r, account, compression).inMemory(t)
			require.NoError(t, restore.ReadAsLoaded(t.Context(), k.open(), selection.Request{}))
			random := rand.New(rand.NewPCG(20261127, uint64(i)))
			rows := 0
			for range flips {
				bit := random.IntN(8 * len(k.content))
				storage.Name, storage.Bit = "dump", bit
				requireBlamed(t, restore.ReadAsLoaded(t.Context(), k.open(), selection.Request{}), bit/8)
				for _, wanted := range []selection.Request{{Tables: []string{"shop.large"}}, {Content: selection.DataOnly, Tables: []string{"shop.large"}}} {
					d, asked := asking(k.open())
					err := restore.ReadAsLoaded(t.Context(), d, wanted)
					if asked(bit / 8) {
						requireBlamed(t, err, bit/8)
						rows++
					} else {
						require.NoError(t, err, "what is not read does no harm")
					}
				}
			}
			require.Positive(t, rows, "bits of the one table and of the table of contents")
		})
	}
}

// The dump is restored into a server.
func TestARestoreOfADamagedDumpFails(t *testing.T) {
	t.Parallel()
	r, job, account := damageable(t)
	for i, compression := range compressions(r) {
		k := keep(t, r, account, compression)
		random := rand.New(rand.NewPCG(7, uint64(i)))
		toc, data := int(k.manifest.Dump.TOCSize), len(k.content)-int(k.manifest.Dump.TOCSize)
		for _, at := range []int{random.IntN(toc), toc + random.IntN(data), toc + random.IntN(data), len(k.content) - 1} {
			k.flip(t, 8*at+random.IntN(8))
			_, _, err := load(t, r, job, k.open())
			requireBlamed(t, err, at)
			require.NotContains(t, strings.ReplaceAll(err.Error(), k.manifest.Dump.Blob, ""), job.Account.Server.Host, "the target is not to blame")
		}
	}
}
