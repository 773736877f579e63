package backendtest

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
)

func testPut(t *testing.T, b blobstore.Backend) {
	requireAbsent(t, b, "dir/a")
	meta := blobstore.Meta{"job_id": "backup/shop/1", "when": "2026-11-24T02:00:00Z"}
	body := []byte("content")
	made, err := b.Put(t.Context(), "dir/a", body, meta, blobstore.Condition{})
	require.NoError(t, err)
	clear(body) // the backend must not retain the caller's slice
	require.Equal(t, "content", content(t, b, "dir/a"))
	require.NotContains(t, made.ETag, `"`)
	require.EqualValues(t, 7, made.Size)

	found, copied, err := b.Stat(t.Context(), "dir/a")
	require.NoError(t, err)
	require.Equal(t, "dir/a", found.Name)
	require.Equal(t, made.ETag, found.ETag)
	require.EqualValues(t, 7, found.Size)
	require.Equal(t, meta, found.Meta)
	require.Equal(t, blobstore.Hot, found.Tier)
	require.True(t, made.LastModified.Equal(found.LastModified))
	require.Equal(t, blobstore.CopyStatus{}, copied)

	again := put(t, b, "dir/a", "")
	require.NotEqual(t, made.ETag, again.ETag, "each write makes a new ETag")
	found, _, err = b.Stat(t.Context(), "dir/a")
	require.NoError(t, err)
	require.Zero(t, found.Size)
	require.Empty(t, found.Meta, "metadata does not stay")
}

func testPutNew(t *testing.T, b blobstore.Backend) {
	isNew := blobstore.Condition{New: true}
	_, err := b.Put(t.Context(), "a", []byte("one"), nil, isNew)
	require.NoError(t, err)
	for _, other := range []string{"one", "two"} {
		_, err = b.Put(t.Context(), "a", []byte(other), nil, isNew)
		require.ErrorIs(t, err, blobstore.ErrExists)
	}
	require.Equal(t, "one", content(t, b, "a"))
	require.NoError(t, b.Delete(t.Context(), "a", blobstore.Condition{}))
	_, err = b.Put(t.Context(), "a", []byte("three"), nil, isNew)
	require.NoError(t, err, "a deleted blob does not exist")
}

func testPutIf(t *testing.T, b blobstore.Backend) {
	first := put(t, b, "a", "one")
	_, err := b.Put(t.Context(), "a", []byte("two"), nil, blobstore.Condition{ETag: "0x1"})
	require.ErrorIs(t, err, blobstore.ErrChanged)
	_, err = b.Put(t.Context(), "a", []byte("two"), nil, blobstore.Condition{ETag: first.ETag})
	require.NoError(t, err)
	_, err = b.Put(t.Context(), "a", []byte("three"), nil, blobstore.Condition{ETag: first.ETag})
	require.ErrorIs(t, err, blobstore.ErrChanged)
	require.Equal(t, "two", content(t, b, "a"))
	_, err = b.Put(t.Context(), "absent", nil, nil, blobstore.Condition{ETag: first.ETag})
	require.True(t, isAny(err, blobstore.ErrChanged, blobstore.ErrNotFound), err)
	requireAbsent(t, b, "absent")
}

func testPutOneWinner(t *testing.T, b blobstore.Backend) {
	errs := make(chan error, 8)
	for i := range cap(errs) {
		go func() {
			_, err := b.Put(t.Context(), "race", fmt.Appendf(nil, "content %d", i), nil, blobstore.Condition{New: true})
			errs <- err
		}()
	}
	wins := 0
	for range cap(errs) {
		if err := <-errs; err == nil {
			wins++
		} else {
			require.ErrorIs(t, err, blobstore.ErrExists)
		}
	}
	require.Equal(t, 1, wins)
}

func testDelete(t *testing.T, b blobstore.Backend) {
	put(t, b, "a", "one")
	require.NoError(t, b.Delete(t.Context(), "a", blobstore.Condition{}))
	requireAbsent(t, b, "a")
	require.Empty(t, names(t, b, ""))
	require.ErrorIs(t, b.Delete(t.Context(), "a", blobstore.Condition{}), blobstore.ErrNotFound)
}

func testDeleteIf(t *testing.T, b blobstore.Backend) {
	first := put(t, b, "a", "one")
	second := put(t, b, "a", "two")
	require.ErrorIs(t, b.Delete(t.Context(), "a", blobstore.Condition{ETag: first.ETag}), blobstore.ErrChanged)
	require.Equal(t, "two", content(t, b, "a"))
	require.NoError(t, b.Delete(t.Context(), "a", blobstore.Condition{ETag: second.ETag}))
	requireAbsent(t, b, "a")
}

func testRead(t *testing.T, b blobstore.Backend) {
	made := put(t, b, "a", strings.Repeat("0123456789", 100_000))
	for _, c := range []struct{ offset, count int64 }{{0, 1}, {0, 1_000_000}, {999_999, 1}, {123_457, 500_000}} {
		r, etag, err := b.Read(t.Context(), "a", made.ETag, c.offset, c.count)
		require.NoError(t, err)
		require.Equal(t, made.ETag, etag)
		read, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, strings.Repeat("0123456789", 100_001)[c.offset:c.offset+c.count], string(read))
		require.NoError(t, r.Close())
	}
}

func testReadRefused(t *testing.T, b blobstore.Backend) {
	made := put(t, b, "a", "0123456789")
	for _, c := range []struct {
		name, etag    string
		offset, count int64
		want          error
	}{
		{"absent", "", 0, 1, blobstore.ErrNotFound},
		{"a", "0x1", 0, 1, blobstore.ErrChanged},
		{"a", made.ETag, 5, 6, blobstore.ErrTooShort},
		{"a", made.ETag, 10, 1, blobstore.ErrTooShort},
		{"a", made.ETag, 20, 1, blobstore.ErrTooShort},
	} {
		_, _, err := b.Read(t.Context(), c.name, c.etag, c.offset, c.count)
		require.ErrorIs(t, err, c.want, "%+v", c)
	}
}

func testNames(t *testing.T, b blobstore.Backend) {
	for _, name := range []string{
		"with space/x", "per%20cent/100%", "plus+and&=?#", "ünïcödé/日本", "quote'\"<>`", "a:b@c;d,e", "[brackets]{}|^~",
	} {
		put(t, b, name, name)
		require.Equal(t, name, content(t, b, name))
		require.Equal(t, []string{name}, names(t, b, name))
	}
}

func testCancelled(t *testing.T, b blobstore.Backend) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.Put(ctx, "a", nil, nil, blobstore.Condition{})
	require.Error(t, err)
	_, _, err = b.Stat(ctx, "a")
	require.Error(t, err)
	require.NotErrorIs(t, err, blobstore.ErrNotFound, "it is no answer")
	requireAbsent(t, b, "a")

	put(t, b, "long", strings.Repeat("x", 8<<20))
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	r, _, err := b.Read(ctx, "long", "", 0, 8<<20)
	require.NoError(t, err)
	cancel()
	_, err = io.Copy(io.Discard, r)
	require.Error(t, err, "the context is the reader's")
	require.NoError(t, r.Close())
}

func testClock(t *testing.T, b blobstore.Backend) {
	at, err := b.ServerTime(t.Context())
	require.NoError(t, err)
	require.Zero(t, at.Nanosecond())
	made := put(t, b, "a", "")
	after, err := b.ServerTime(t.Context())
	require.NoError(t, err)
	require.False(t, made.LastModified.Before(at.Add(-time.Second)) || after.Before(made.LastModified), "%s is not from %s to %s", made.LastModified, at, after)
	days, err := b.SoftDeleteDays(t.Context())
	require.NoError(t, err)
	require.Zero(t, days)
	require.Contains(t, b.Location().URL, b.Location().Container)
}
