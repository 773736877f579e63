package blobstore_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestUploadKeepsEveryByteInOrder(t *testing.T) {
	t.Parallel()
	c := open(t)
	for _, size := range []int64{0, 1, 8 * mib, 8*mib + 1, 40*mib - 1} {
		content := noiseBytes(t, 7, size)
		name := "dump-" + hexSum(content)[:8]
		u := c.NewUpload(name, blobstore.NewPlan(size, 0))
		var moved int64
		require.NoError(t, u.ReadFrom(t.Context(), bytes.NewReader(content), func(n int64) { moved += n }))
		require.Equal(t, size, moved)
		require.NotContains(t, names(t, c, ""), name, "staged blocks are not to be seen")

		made, err := u.Commit(t.Context(), blobstore.Meta{"job": "j"})
		require.NoError(t, err)
		require.Equal(t, size, made.Size)
		stored, stat, err := c.Get(t.Context(), name, size)
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, stored))
		require.Equal(t, made.ETag, stat.ETag)
		require.Equal(t, "j", stat.Meta["job"])
		requireBlocksOf(t, content, u.Blocks())
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

// A reader that gives little at a time must not make little blocks.
func TestUploadFillsBlocksFromSmallReads(t *testing.T) {
	t.Parallel()
	u := open(t).NewUpload("dump", blobstore.NewPlan(0, 0))
	r := &trickle{r: noise(1, 9*mib)}
	require.NoError(t, u.ReadFrom(t.Context(), r, nil))
	require.Len(t, u.Blocks(), 2)
	require.Equal(t, 8*mib, u.Blocks()[0].Size)
}

type trickle struct{ r io.Reader }

func (s *trickle) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), 64<<10)]) }

// The reader's error comes back as it is, even one that looks like an end.
func TestUploadGivesTheReadersError(t *testing.T) {
	t.Parallel()
	c := open(t)
	for _, broken := range []error{errors.New("pg_dump died"), io.ErrUnexpectedEOF} {
		u := c.NewUpload("dump", blobstore.NewPlan(0, 0))
		err := u.ReadFrom(t.Context(), io.MultiReader(noise(1, 20*mib), failing{broken}), nil)
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
	u := c.NewUpload("taken", blobstore.NewPlan(0, 0))
	require.NoError(t, u.ReadFrom(t.Context(), noise(1, 100), nil))
	_, err = u.Commit(t.Context(), nil)
	require.ErrorIs(t, err, blobstore.ErrExists)
	content, _, err := c.Get(t.Context(), "taken", 10)
	require.NoError(t, err)
	require.Equal(t, "mine", string(content))
}

func TestCommitTwiceIsCommitOnce(t *testing.T) {
	t.Parallel()
	c := open(t)
	u := c.NewUpload("dump", blobstore.NewPlan(0, 0))
	require.NoError(t, u.ReadFrom(t.Context(), noise(1, 100), nil))
	first, err := u.Commit(t.Context(), blobstore.Meta{"job": "j"})
	require.NoError(t, err)
	second, err := u.Commit(t.Context(), blobstore.Meta{"job": "j"})
	require.NoError(t, err)
	require.Equal(t, first.ETag, second.ETag)
	_, err = u.Commit(t.Context(), blobstore.Meta{"job": "another"})
	require.ErrorIs(t, err, blobstore.ErrExists)
}

func TestCancelEndsAnUploadAtOnce(t *testing.T) {
	t.Parallel()
	hold := &holder{begun: make(chan struct{}, 1), release: make(chan struct{})}
	c := openAt(t, localenvtest.Container(t), blobstore.Options{Transport: hold})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- c.NewUpload("dump", blobstore.NewPlan(0, 0)).ReadFrom(ctx, noise(1, 1<<40), nil)
	}()
	<-hold.begun
	cancel()
	requireSoon(t, done, context.Canceled)
}

// A child that writes nothing, as pg_dump does while it waits for a lock, must
// not keep an upload from ending.
func TestCancelEndsAReadThatWaits(t *testing.T) {
	t.Parallel()
	c := open(t)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer func() { _ = w.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.NewUpload("dump", blobstore.NewPlan(0, 0)).ReadFrom(ctx, r, nil) }()
	_, err = w.Write([]byte("some"))
	require.NoError(t, err)
	cancel()
	requireSoon(t, done, context.Canceled)
}

// What is refused ends the upload at once, although the reader has more and waits.
func TestRefusedBlockEndsTheRead(t *testing.T) {
	t.Parallel()
	proxy, url := proxied(t)
	proxy.Forbid(func(r *http.Request) bool { return r.URL.Query().Get("comp") == "block" })
	c := openAt(t, url, blobstore.Options{})
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer func() { _ = w.Close() }()
	done := make(chan error, 1)
	go func() { done <- c.NewUpload("dump", blobstore.NewPlan(0, 0)).ReadFrom(t.Context(), r, nil) }()
	_, err = io.Copy(w, noise(1, 9*mib))
	if err != nil {
		require.ErrorContains(t, err, "broken pipe") // the other end may be closed already
	}
	select {
	case err = <-done:
		require.Equal(t, failure.ContainerNotAccessible, failure.CodeOf(err), err)
	case <-time.After(time.Minute):
		require.Fail(t, "the upload goes on")
	}
}

func TestUploadRidesOutServerErrors(t *testing.T) {
	t.Parallel()
	proxy, url := proxied(t)
	c := openAt(t, url, blobstore.Options{})
	proxy.FailNext(4, http.StatusServiceUnavailable, 0, nil)
	u := c.NewUpload("dump", blobstore.NewPlan(0, 0))
	require.NoError(t, u.ReadFrom(t.Context(), noise(3, 20*mib), nil))
	proxy.FailNext(2, http.StatusInternalServerError, 0, nil)
	made, err := u.Commit(t.Context(), nil)
	require.NoError(t, err)
	requireWhole(t, c, made, u.Blocks(), noiseBytes(t, 3, 20*mib))
}

func TestUploadRidesOutAnOutage(t *testing.T) {
	t.Parallel()
	azurite := ownAzurite(t)
	watch := &failureWatch{}
	c := openAt(t, containerOf(t, azurite), blobstore.Options{Transport: watch})
	content := noiseBytes(t, 5, 64*mib)
	started := make(chan error, 1)
	var moved, atHalt atomic.Int64
	r := &pausing{r: bytes.NewReader(content), at: 24 * mib, pause: func() {
		azurite.Halt()
		atHalt.Store(moved.Load())
		go func() {
			<-watch.failures(12) // each block on its way has tried again by then
			started <- azurite.Start(context.Background())
		}()
	}}
	u := c.NewUpload("dump", blobstore.NewPlan(0, 0))
	require.NoError(t, u.ReadFrom(t.Context(), r, func(n int64) { moved.Add(n) }))
	require.NoError(t, <-started)
	require.Less(t, atHalt.Load(), moved.Load())
	require.EqualValues(t, len(content), moved.Load(), "every byte is counted once")
	made, err := u.Commit(t.Context(), nil)
	require.NoError(t, err)
	requireWhole(t, c, made, u.Blocks(), content)
}

// What changes on its way is refused, since it does not fit its checksum.
// Azurite says so by a code of its own, which ends the upload.
func TestBytesThatChangeOnTheirWay(t *testing.T) {
	t.Parallel()
	corrupt := &corrupter{}
	c := openAt(t, localenvtest.Container(t), blobstore.Options{Transport: corrupt})
	corrupt.left.Store(1)
	require.Error(t, c.NewUpload("dump", blobstore.NewPlan(0, 0)).ReadFrom(t.Context(), noise(9, mib), nil))
	corrupt.left.Store(1)
	_, err := c.PutNew(t.Context(), "small", []byte("manifest"), nil)
	require.Error(t, err)
	require.Empty(t, names(t, c, ""))
}

// By Azure's own code, it is sent again.
func TestUploadSendsAgainWhatChangedOnItsWay(t *testing.T) {
	t.Parallel()
	proxy, url := proxied(t)
	proxy.Answer(2, nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-ms-error-code", "Md5Mismatch")
		w.WriteHeader(http.StatusBadRequest)
	})
	c := openAt(t, url, blobstore.Options{})
	require.NoError(t, c.NewUpload("dump", blobstore.NewPlan(0, 0)).ReadFrom(t.Context(), noise(9, 10*mib), nil))
}

func TestUploadGivesUpAfterTheLimit(t *testing.T) {
	t.Parallel()
	c := openAt(t, "https://127.0.0.1:1/account/container", blobstore.Options{OutageLimit: 600 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // far above the limit
	defer cancel()
	err := c.NewUpload("dump", blobstore.NewPlan(0, 0)).ReadFrom(ctx, noise(1, 1<<40), nil)
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
