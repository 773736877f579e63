package blobstore_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestStreamKeepsEveryByteInOrder(t *testing.T) {
	t.Parallel()
	c := open(t)
	for _, size := range []int64{0, 1, 8 * mib, 8*mib + 1, 40*mib - 1} {
		content := noiseBytes(t, 7, size)
		name := "dump-" + hexSum(content)[:8]
		u := newStream(t, c, name)
		require.NoError(t, u.readFrom(bytes.NewReader(content)))
		require.Equal(t, size, u.run.Size())
		require.NotContains(t, names(t, c, ""), name, "staged blocks are not to be seen")

		made, err := u.commit(t.Context(), blobstore.Meta{"job": "j"})
		require.NoError(t, err)
		require.Equal(t, size, made.Size)
		stored, stat, err := c.Get(t.Context(), name, size)
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, stored))
		require.Equal(t, made.ETag, stat.ETag)
		require.Equal(t, "j", stat.Meta["job"])
		requireBlocksOf(t, content, u.run.Blocks())
	}
}

func requireBlocksOf(t *testing.T, content []byte, blocks []blobstore.Block) {
	t.Helper()
	for _, b := range blocks {
		require.Equal(t, hexSum(content[:b.Size]), b.SHA256)
		content = content[b.Size:]
	}
	require.Empty(t, content)
}

// A reader that returns few bytes at a time must not make small blocks.
func TestStreamFillsBlocksFromSmallReads(t *testing.T) {
	t.Parallel()
	storage := &blockCounter{sizes: map[int]int64{}}
	require.NoError(t, newStream(t, storage.open(t), "dump").readFrom(&trickle{r: noise(1, 9*mib)}))
	require.ElementsMatch(t, []int64{8 * mib, mib}, slices.Collect(maps.Values(storage.sizes)), "blocks leave in any order")
}

type trickle struct{ r io.Reader }

func (s *trickle) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), 64<<10)]) }

// The reader's error comes back as it is, even one that looks like an end.
func TestStreamReturnsTheReadersError(t *testing.T) {
	t.Parallel()
	c := open(t)
	for _, broken := range []error{errors.New("pg_dump died"), io.ErrUnexpectedEOF} {
		u := newStream(t, c, "dump")
		err := u.readFrom(io.MultiReader(noise(1, 20*mib), failing{broken}))
		require.Same(t, broken, err)
	}
	require.Empty(t, names(t, c, ""))
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestCommitIsCreateOnly(t *testing.T) {
	t.Parallel()
	c := open(t)
	_, err := c.PutNew(t.Context(), "taken", []byte("mine"), nil)
	require.NoError(t, err)
	u := newStream(t, c, "taken")
	require.NoError(t, u.readFrom(noise(1, 100)))
	_, err = u.commit(t.Context(), nil)
	require.ErrorIs(t, err, blobstore.ErrExists)
	content, _, err := c.Get(t.Context(), "taken", 10)
	require.NoError(t, err)
	require.Equal(t, "mine", string(content))
}

func TestCommitTwiceIsCommitOnce(t *testing.T) {
	t.Parallel()
	c := open(t)
	u := newStream(t, c, "dump")
	require.NoError(t, u.readFrom(noise(1, 100)))
	first, err := u.commit(t.Context(), blobstore.Meta{"job": "j"})
	require.NoError(t, err)
	second, err := u.commit(t.Context(), blobstore.Meta{"job": "j"})
	require.NoError(t, err)
	require.Equal(t, first.ETag, second.ETag)
	_, err = u.commit(t.Context(), blobstore.Meta{"job": "another"})
	require.ErrorIs(t, err, blobstore.ErrExists)
}

func TestCancelEndsAStreamAtOnce(t *testing.T) {
	t.Parallel()
	hold := &holder{begun: make(chan struct{}, 1), release: make(chan struct{})}
	c := openAt(t, localenvtest.Container(t), azureblob.Options{Transport: hold})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- newStreamOf(ctx, c, "dump", blobstore.NewAssemblyPlan(1, 0, 0)).readFrom(noise(1, 1<<40))
	}()
	<-hold.begun
	cancel()
	requireSoon(t, done, context.Canceled)
}

// A refused block ends the stream, although the reader has more.
func TestRefusedBlockEndsTheStream(t *testing.T) {
	t.Parallel()
	proxy, url := proxied(t)
	proxy.Forbid(func(r *http.Request) bool { return r.URL.Query().Get("comp") == "block" })
	err := newStream(t, openAt(t, url, azureblob.Options{}), "dump").readFrom(noise(1, 1<<40))
	require.Equal(t, failure.ContainerNotAccessible, failure.CodeOf(err), err)
}

func TestStreamRidesOutServerErrors(t *testing.T) {
	t.Parallel()
	proxy, url := proxied(t)
	c := openAt(t, url, azureblob.Options{})
	proxy.FailNext(4, http.StatusServiceUnavailable, 0, nil)
	u := newStream(t, c, "dump")
	require.NoError(t, u.readFrom(noise(3, 20*mib)))
	proxy.FailNext(2, http.StatusInternalServerError, 0, nil)
	made, err := u.commit(t.Context(), nil)
	require.NoError(t, err)
	requireWhole(t, c, made, u.run.Blocks(), noiseBytes(t, 3, 20*mib))
}

func TestStreamRidesOutAnOutage(t *testing.T) {
	t.Parallel()
	azurite := ownAzurite(t)
	watch := &failureWatch{}
	c := openAt(t, containerOf(t, azurite), azureblob.Options{Transport: watch})
	content := noiseBytes(t, 5, 64*mib)
	started := make(chan error, 1)
	r := &pausing{r: bytes.NewReader(content), at: 24 * mib, pause: func() {
		azurite.Halt()
		go func() {
			<-watch.failures(12) // each block on its way has tried again by then
			started <- azurite.Start(context.Background())
		}()
	}}
	u := newStream(t, c, "dump")
	require.NoError(t, u.readFrom(r))
	require.NoError(t, <-started)
	made, err := u.commit(t.Context(), nil)
	require.NoError(t, err)
	requireWhole(t, c, made, u.run.Blocks(), content)
}

// What changes on its way is refused, since it does not fit its checksum.
// Azurite says so by a code of its own, which ends the upload.
func TestBytesThatChangeOnTheirWay(t *testing.T) {
	t.Parallel()
	corrupt := &corrupter{}
	c := openAt(t, localenvtest.Container(t), azureblob.Options{Transport: corrupt})
	corrupt.left.Store(1)
	require.Error(t, newStream(t, c, "dump").readFrom(noise(9, mib)))
	corrupt.left.Store(1)
	_, err := c.PutNew(t.Context(), "small", []byte("manifest"), nil)
	require.Error(t, err)
	require.Empty(t, names(t, c, ""))
}

// By Azure's own code, it is sent again.
func TestStreamSendsAgainWhatChangedOnItsWay(t *testing.T) {
	t.Parallel()
	proxy, url := proxied(t)
	proxy.Answer(2, nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-ms-error-code", "Md5Mismatch")
		w.WriteHeader(http.StatusBadRequest)
	})
	c := openAt(t, url, azureblob.Options{})
	require.NoError(t, newStream(t, c, "dump").readFrom(noise(9, 10*mib)))
}

func TestStreamGivesUpAfterTheLimit(t *testing.T) {
	t.Parallel()
	c := openAt(t, "https://127.0.0.1:1/account/container", azureblob.Options{OutageLimit: 600 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // far above the limit
	defer cancel()
	err := newStreamOf(ctx, c, "dump", blobstore.NewAssemblyPlan(1, 0, 0)).readFrom(noise(1, 1<<40))
	require.Equal(t, failure.StorageUnavailable, failure.CodeOf(err), err)
	require.NoError(t, ctx.Err())
}

// pausing calls a function once it has given so many bytes.
type pausing struct {
	r     io.Reader
	at    int64
	pause func()
}

func (p *pausing) Read(b []byte) (int, error) {
	n, err := p.r.Read(b[:min(len(b), 1<<20)])
	if p.at > 0 && p.at <= int64(n) {
		p.pause()
	}
	p.at -= int64(n)
	return n, err
}

func requireWhole(t *testing.T, c *blobstore.Container, made blobstore.Blob, blocks []blobstore.Block, content []byte) {
	t.Helper()
	sum, err := c.Verify(t.Context(), made.Name, made.ETag, blocks, 0, blobstore.Checkpoint{}, blobstore.Observer{})
	require.NoError(t, err)
	require.Equal(t, hexSum(content), sum)
}

func requireSoon(t *testing.T, done <-chan error, target error) {
	t.Helper()
	select {
	case err := <-done:
		require.ErrorIs(t, err, target)
	case <-time.After(time.Minute):
		require.Fail(t, "it goes on")
	}
}

// ownAzurite is for a test that stops it.
func ownAzurite(t *testing.T) *localenv.Azurite {
	t.Helper()
	azurite, err := localenv.StartAzurite(t.Context(), localenv.AzuriteOptions{CA: localenvtest.CA(t)})
	require.NoError(t, err)
	t.Cleanup(azurite.Stop)
	return azurite
}

func containerOf(t *testing.T, azurite *localenv.Azurite) string {
	t.Helper()
	url, err := azurite.CreateContainer(t.Context(), "vault")
	require.NoError(t, err)
	return url
}
