package memblob_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
)

func TestAFaultIsOfItsRequests(t *testing.T) {
	t.Parallel()
	s := memblob.New(time.Now, memblob.Options{})
	s.Inject(memblob.Fault{Ops: []memblob.Op{memblob.Put}, Skip: 1, Times: 2, Err: blobstore.ErrLocked})
	for _, want := range []error{nil, blobstore.ErrLocked, blobstore.ErrLocked, nil} {
		_, err := s.Put(t.Context(), "a", nil, nil, blobstore.Condition{})
		require.ErrorIs(t, err, want)
		_, _, err = s.Stat(t.Context(), "a")
		require.NoError(t, err)
	}
}

func TestAStoreIsAwayUntilTheFaultIsRemoved(t *testing.T) {
	t.Parallel()
	s := memblob.New(time.Now, memblob.Options{})
	back := s.Inject(memblob.Fault{})
	for range 3 {
		_, err := s.ServerTime(t.Context())
		require.Equal(t, failure.StorageUnavailable, failure.CodeOf(err))
		_, err = s.List(t.Context(), blobstore.Listing{})
		require.Equal(t, failure.StorageUnavailable, failure.CodeOf(err))
	}
	back()
	_, err := s.ServerTime(t.Context())
	require.NoError(t, err)
}

// A request with a lost answer has been carried out.
func TestALostAnswer(t *testing.T) {
	t.Parallel()
	s := memblob.New(time.Now, memblob.Options{})
	lose := func(op memblob.Op) {
		s.Inject(memblob.Fault{Ops: []memblob.Op{op}, Times: 1, Lost: true})
	}
	c := s.Container(0)
	lose(memblob.Put)
	put, err := c.PutNew(t.Context(), "a", []byte("x"), nil)
	require.NoError(t, err)
	require.NotEmpty(t, put.ETag)

	staging := c.NewStaging("dump")
	lose(memblob.StageBlock)
	block, err := staging.Stage(t.Context(), []byte("block"), func() {})
	require.NoError(t, err)
	lose(memblob.CommitBlocks)
	made, err := staging.Commit(t.Context(), []blobstore.Staged{block}, "list", nil)
	require.NoError(t, err)
	stat, err := c.Stat(t.Context(), "dump")
	require.NoError(t, err)
	require.Equal(t, stat.ETag, made.ETag)

	lose(memblob.Delete)
	require.NoError(t, c.Delete(t.Context(), "a"))
	require.Equal(t, 1, s.Versions(""))
	lose(memblob.Delete)
	require.ErrorIs(t, c.DeleteIf(t.Context(), "dump", made.ETag), blobstore.ErrChanged)
}

func TestAReadFailsAfterSomeBytes(t *testing.T) {
	t.Parallel()
	s := memblob.New(time.Now, memblob.Options{})
	content := bytes.Repeat([]byte("0123456789"), 10_000)
	put, err := s.Put(t.Context(), "a", content, nil, blobstore.Condition{})
	require.NoError(t, err)
	s.Inject(memblob.Fault{Ops: []memblob.Op{memblob.Read}, Times: 2, After: 40_001})
	r, _, err := s.Read(t.Context(), "a", "", 0, put.Size)
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.Equal(t, failure.StorageUnavailable, failure.CodeOf(err))
	require.Equal(t, content[:40_001], got)

	whole, err := s.Container(0).OpenRange(t.Context(), "a", put.ETag, 0, put.Size)
	require.NoError(t, err)
	got, err = io.ReadAll(whole)
	require.NoError(t, err, "a container continues where the read ended")
	require.Equal(t, content, got)
}

// A reader must continue with the blob that it began with.
func TestAReadThatFailsDoesNotContinueWithAnotherBlob(t *testing.T) {
	t.Parallel()
	s := memblob.New(time.Now, memblob.Options{})
	c := s.Container(0)
	_, err := c.Put(t.Context(), "a", []byte("first content"), nil)
	require.NoError(t, err)
	s.Inject(memblob.Fault{Ops: []memblob.Op{memblob.Read}, Times: 1, After: 5})
	r, err := c.OpenRange(t.Context(), "a", "", 0, 13)
	require.NoError(t, err)
	_, err = c.Put(t.Context(), "a", []byte("other content"), nil)
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.ErrorIs(t, err, blobstore.ErrChanged)
	require.Equal(t, "first", string(got))
}

func TestAContainerGivesUpAfterTheLimit(t *testing.T) {
	t.Parallel()
	s := memblob.New(time.Now, memblob.Options{})
	s.Inject(memblob.Fault{})
	_, err := s.Container(time.Millisecond).Put(t.Context(), "a", nil, nil)
	require.Equal(t, failure.StorageUnavailable, failure.CodeOf(err))
	require.ErrorContains(t, err, "put a: storage account memory does not answer")
}
