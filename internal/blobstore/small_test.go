package blobstore_test

import (
	"context"
	"crypto/md5"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
)

func TestPutNewNeverWritesOver(t *testing.T) {
	t.Parallel()
	c := open(t)
	first, err := c.PutNew(t.Context(), "a", []byte("one"), blobstore.Meta{"k": "v"})
	require.NoError(t, err)
	again, err := c.PutNew(t.Context(), "a", []byte("one"), blobstore.Meta{"k": "v"})
	require.NoError(t, err, "the same content is a success")
	require.Equal(t, first.ETag, again.ETag)
	for _, other := range []string{"two", "longer", ""} {
		_, err = c.PutNew(t.Context(), "a", []byte(other), nil)
		require.ErrorIs(t, err, blobstore.ErrExists)
	}
	content, got, err := c.Get(t.Context(), "a", 100)
	require.NoError(t, err)
	require.Equal(t, "one", string(content))
	require.Equal(t, first.ETag, got.ETag)
	require.Equal(t, "v", got.Meta["k"])
}

func TestPutNewHasOneWinner(t *testing.T) {
	t.Parallel()
	c := open(t)
	results := make(chan error, 8)
	for i := range cap(results) {
		go func() {
			_, err := c.PutNew(t.Context(), "race", fmt.Appendf(nil, "content %d", i), nil)
			results <- err
		}()
	}
	wins := 0
	for range cap(results) {
		if err := <-results; err == nil {
			wins++
		} else {
			require.ErrorIs(t, err, blobstore.ErrExists)
		}
	}
	require.Equal(t, 1, wins)
}

func TestPutReplaces(t *testing.T) {
	t.Parallel()
	c := open(t)
	first, err := c.Put(t.Context(), "a.json", []byte("{}"), nil)
	require.NoError(t, err)
	second, err := c.Put(t.Context(), "a.json", []byte("[]"), nil)
	require.NoError(t, err)
	require.NotEqual(t, first.ETag, second.ETag)
	content, _, err := c.Get(t.Context(), "a.json", 2)
	require.NoError(t, err)
	require.Equal(t, "[]", string(content))
}

func TestGet(t *testing.T) {
	t.Parallel()
	c := open(t)
	_, _, err := c.Get(t.Context(), "absent", 1)
	require.ErrorIs(t, err, blobstore.ErrNotFound)
	_, err = c.Put(t.Context(), "empty", nil, nil)
	require.NoError(t, err)
	content, _, err := c.Get(t.Context(), "empty", 1)
	require.NoError(t, err)
	require.Empty(t, content)
	_, err = c.Put(t.Context(), "long", []byte("12345"), nil)
	require.NoError(t, err)
	_, _, err = c.Get(t.Context(), "long", 4)
	require.ErrorContains(t, err, "at most 4 were expected")
}

func TestDeleteTwice(t *testing.T) {
	t.Parallel()
	c := open(t)
	_, err := c.Put(t.Context(), "a", []byte("x"), nil)
	require.NoError(t, err)
	require.NoError(t, c.Delete(t.Context(), "a"))
	require.NoError(t, c.Delete(t.Context(), "a"))
	require.Empty(t, names(t, c, ""))
}

func TestOddNames(t *testing.T) {
	t.Parallel()
	c := open(t)
	for _, name := range []string{
		"with space/x", "per%20cent/100%", "plus+and&=?#", "ünïcödé/日本", "quote'\"<>`", "a:b@c;d,e", "[brackets]{}|^~",
	} {
		_, err := c.PutNew(t.Context(), name, []byte(name), nil)
		require.NoError(t, err, name)
		content, _, err := c.Get(t.Context(), name, 100)
		require.NoError(t, err, name)
		require.Equal(t, name, string(content))
		require.Equal(t, []string{name}, names(t, c, name))
		require.NoError(t, c.Delete(t.Context(), name))
	}
	require.Empty(t, names(t, c, ""))
}

func TestListGivesWhatGetGives(t *testing.T) {
	t.Parallel()
	c := open(t)
	put, err := c.PutNew(t.Context(), "dir/a", []byte("abc"), blobstore.Meta{"dump_size": "3", "when": "2026-11-24T02:00:00Z"})
	require.NoError(t, err)
	for listed, err := range c.List(t.Context(), "dir/") {
		require.NoError(t, err)
		require.Equal(t, put.ETag, listed.ETag)
		require.Equal(t, put.Meta, listed.Meta)
		require.EqualValues(t, 3, listed.Size)
		require.WithinDuration(t, put.LastModified, listed.LastModified, time.Second)
	}
	stat, err := c.Stat(t.Context(), "dir/a")
	require.NoError(t, err)
	require.Equal(t, put.ETag, stat.ETag)
	require.Equal(t, put.Meta, stat.Meta)
}

func TestListReadsPageByPage(t *testing.T) {
	t.Parallel()
	pages := &pageCounter{Backend: memblob.New(time.Now, memblob.Options{PageSize: 10})}
	c := blobstore.New(pages, 0)
	for i := range 35 {
		_, err := c.Put(t.Context(), fmt.Sprintf("p/%05d", i), nil, nil)
		require.NoError(t, err)
	}
	list := names(t, c, "p/")
	require.Len(t, list, 35)
	require.IsIncreasing(t, list)
	require.EqualValues(t, 4, pages.asked.Load())
	for _, err := range c.List(t.Context(), "p/") {
		require.NoError(t, err)
		break
	}
	require.EqualValues(t, 5, pages.asked.Load(), "ranging that ends early reads no further page")
}

func TestListDirs(t *testing.T) {
	t.Parallel()
	c := open(t)
	for _, name := range []string{"i/a/x.json", "i/a/points/1/d", "i/b/c/x.json", "i/top.json"} {
		_, err := c.Put(t.Context(), name, []byte("content"), blobstore.Meta{"kept": name})
		require.NoError(t, err)
	}
	blobs, dirs, err := c.ListDirs(t.Context(), "i/")
	require.NoError(t, err)
	require.Len(t, blobs, 1)
	require.Equal(t, "i/top.json", blobs[0].Name)
	require.Equal(t, blobstore.Meta{"kept": "i/top.json"}, blobs[0].Meta)
	sum := md5.Sum([]byte("content"))
	require.Equal(t, sum[:], blobs[0].MD5)
	require.Equal(t, []string{"i/a/", "i/b/"}, dirs)
}

func TestServerTime(t *testing.T) {
	t.Parallel()
	c, before := open(t), time.Now().Truncate(time.Second)
	at, err := c.ServerTime(t.Context())
	require.NoError(t, err)
	require.False(t, at.Before(before) || at.After(time.Now()), at)
}

func TestCheckWriteLeavesNothingToSee(t *testing.T) {
	t.Parallel()
	c := open(t)
	require.NoError(t, c.CheckWrite(t.Context(), "instances/shop/orders/"))
	require.NoError(t, c.CheckWrite(t.Context(), "instances/shop/orders/"))
	require.Empty(t, names(t, c, ""))
}

// pageCounter counts the requested pages.
type pageCounter struct {
	blobstore.Backend
	asked atomic.Int32
}

func (p *pageCounter) List(ctx context.Context, l blobstore.Listing) (blobstore.Page, error) {
	p.asked.Add(1)
	return p.Backend.List(ctx, l)
}
