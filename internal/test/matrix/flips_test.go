package matrix_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// The test changes one bit anywhere in a stored dump, reads and decodes the
// part with the bit, and restores some of these dumps into a server. The client
// programs write the dump, so one server of each is enough.
func TestEveryFlippedBitIsNoticed(t *testing.T) {
	t.Parallel()
	for _, c := range oneForEachTools(combinations(t)) {
		t.Run(c.String(), func(t *testing.T) {
			s := newSetting(t, c)
			s.source(t, "UTF8", everything)
			for i, compression := range s.compressions() {
				t.Run(compression, func(t *testing.T) { s.flips(t, compression, rand.New(rand.NewPCG(300, uint64(i)))) })
			}
		})
	}
}

func (s *setting) flips(t *testing.T, compression string, random *rand.Rand) {
	t.Helper()
	kept, result := s.take(t, compression)
	content, _, err := kept.Get(t.Context(), "dump", 1<<30)
	require.NoError(t, err)
	list, _, err := kept.Get(t.Context(), "blocks", 1<<30)
	require.NoError(t, err)
	storage := &localenvtest.FlippedBits{Blobs: map[string][]byte{"dump": content, "blocks": list}}
	container, err := azureblob.Open(localenvtest.Container(t), localenvtest.Azurite(t).Credential(), azureblob.Options{Transport: storage})
	require.NoError(t, err)
	open := func() restore.Dump {
		d := manifest.Dump{Blob: "dump", Size: result.Blob.Size, BlocksBlob: "blocks", BlocksSHA256: result.BlocksSHA256, BlocksSize: result.BlocksSize}
		stored := vault.New(container).Dump(manifest.Manifest{PointID: "the-point", Dump: d}, vault.Source{})
		return restore.Dump{Name: "dump", Size: d.Size, TOCSize: result.Layout.TOCSize, Pieces: result.Layout.Pieces, Open: stored.OpenRange}
	}
	require.NoError(t, decode(t.Context(), open(), func(int64, int64) bool { return true }))
	for n := range 300 {
		bit := random.IntN(8 * len(content))
		storage.Name, storage.Bit = "dump", bit
		at := int64(bit / 8)
		// Only the range with the bit is read: the others are unchanged.
		err := decode(t.Context(), open(), func(begin, end int64) bool { return begin <= at && at < end })
		if n%75 == 0 {
			r := restore.Restorer{Source: s.signIn(), Tools: []pgtools.Installation{s.tools}, Memory: memory.NewBudget(1 << 30)}
			database := s.emptyDatabase(t)
			facts := result.Database
			facts.Settings, facts.ACL, facts.ACLIsDefault = nil, nil, true
			_, loadErr := r.Load(t.Context(), restore.Job{
				Account: s.account(database + "_published"), Unpublished: database, Facts: facts,
				SourceMajor: s.server, ToolMajor: s.tools.Major, Owners: true, Grants: true,
			}, open(), progress.NewMeter(time.Now, "restore"))
			requireDamage(t, loadErr, bit/8)
		}
		requireDamage(t, err, bit/8)
	}
}

func requireDamage(t *testing.T, err error, at int) {
	t.Helper()
	require.Equal(t, failure.VerificationFailed, failure.CodeOf(err), "byte %d: %v", at, err)
	var damage *blobstore.Damage
	require.ErrorAs(t, err, &damage)
	require.True(t, damage.Offset <= int64(at) && int64(at) < damage.Offset+damage.Size)
	require.ErrorContains(t, err, "the-point")
}

// place is the offset of an entry's data or of a piece of it.
type place struct {
	entry  *archive.Entry
	part   archive.Part
	offset int64
}

// decode reads the table of contents and decodes the wanted ranges of data.
func decode(ctx context.Context, d restore.Dump, wanted func(begin, end int64) bool) error {
	toc, err := d.ReadTOC(ctx, nil)
	if err != nil {
		return err
	}
	var all []place
	for i := range toc.Entries {
		e := &toc.Entries[i]
		if e.State != archive.OffsetSet {
			continue
		}
		starts := d.Pieces[e.DumpID]
		if len(starts) == 0 {
			starts = []int64{e.Offset}
		}
		for n, start := range starts {
			all = append(all, place{e, archive.Part{First: n == 0, Last: n == len(starts)-1}, start})
		}
	}
	slices.SortFunc(all, func(a, b place) int { return cmp.Compare(a.offset, b.offset) })
	for i, p := range all {
		end := d.Size
		if i+1 < len(all) {
			end = all[i+1].offset
		}
		if !wanted(p.offset, end) {
			continue
		}
		body, err := d.Open(ctx, p.offset, end-p.offset)
		if err != nil {
			return err
		}
		if err := errors.Join(p.decode(body, toc.Header), drain(body)); err != nil {
			return err
		}
	}
	return nil
}

func (p place) decode(from io.Reader, h archive.Header) error {
	if p.entry.Desc != archive.DescLargeObjects {
		rows, err := archive.NewTableReader(from, h, p.entry.DumpID, p.part)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, rows)
		return errors.Join(err, rows.Close())
	}
	objects := archive.NewLargeObjectReader(from, h, p.entry.DumpID, p.part)
	for {
		_, content, err := objects.Next()
		if errors.Is(err, io.EOF) {
			return objects.Close()
		}
		if err == nil {
			_, err = io.Copy(io.Discard, content)
		}
		if err != nil {
			return err
		}
	}
}

func drain(body io.ReadCloser) error {
	_, err := io.Copy(io.Discard, body)
	return errors.Join(err, body.Close())
}
