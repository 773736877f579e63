package vault_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

// held is a storage whose reads of envelopes wait at a gate.
type held struct {
	*memblob.Store
	gate chan struct{}
	open atomic.Int64
}

func (h *held) Read(ctx context.Context, name, etag string, offset, count int64) (io.ReadCloser, string, error) {
	content, tag, err := h.Store.Read(ctx, name, etag, offset, count)
	if err == nil && strings.Contains(name, ".dsse.json") {
		h.open.Add(count)
		<-h.gate
	}
	return content, tag, err
}

// Who can write blobs can store an envelope of the largest size beside each point,
// and a sweep looks at many points at a time.
func TestLargeEnvelopesDoNotExhaustTheMemory(t *testing.T) {
	t.Parallel()
	s := setupSigning(t, memblob.Options{})
	const size, points = 10 << 20, 8
	id := func(i int) string { return fmt.Sprintf("2026112%dT020000Z-0a1b2c3d", i) }
	for i := range points {
		s.signedBy(t, s.key, id(i))
		_, err := s.container.Put(t.Context(), folderOf(id(i))+"manifest-"+strings.Repeat("ab", 32)+".dsse.json", make([]byte, size), nil)
		require.NoError(t, err)
	}
	trusted := statementtest.Trust(t, true, statementtest.Key{Signer: s.key, Validity: always})
	synctest.Test(t, func(t *testing.T) {
		storage := &held{Store: s.storage, gate: make(chan struct{})}
		v := vault.New(blobstore.New(storage, 0)).Trusting(trusted)
		var all sync.WaitGroup
		var accepted atomic.Int64
		for i := range points {
			all.Go(func() {
				if _, signature, err := v.CheckedManifest(t.Context(), orders, id(i)); err == nil && signature.KeyID != "" {
					accepted.Add(1)
				}
			})
		}
		synctest.Wait()
		require.Positive(t, storage.open.Load())
		require.LessOrEqual(t, storage.open.Load(), int64(24<<20))
		close(storage.gate)
		all.Wait()
		require.EqualValues(t, points, accepted.Load())
	})
}

func TestEnvelopesTooLargeTogetherAreNotRead(t *testing.T) {
	t.Parallel()
	s := setupSigning(t, memblob.Options{})
	s.signedBy(t, s.key, point1)
	for i := range 5 {
		_, err := s.container.Put(t.Context(), fmt.Sprintf("%smanifest-%064d.dsse.json", folderOf(point1), i), make([]byte, 20<<20), nil)
		require.NoError(t, err)
	}
	_, code, says := s.check(t, statementtest.Trust(t, true, statementtest.Key{Signer: s.key, Validity: always}), point1)
	require.Equal(t, failure.SignatureInvalid, code)
	require.Contains(t, says, "6 blobs of together")
}
