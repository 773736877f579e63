package blobstore_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/blobstoretest"
)

// TestAssemblyPutsRunsInOrder writes runs concurrently within a budget that
// holds half of them. It commits them in another order than that of their
// start.
func TestAssemblyPutsRunsInOrder(t *testing.T) {
	t.Parallel()
	c := open(t)
	const streams = 4
	var moved atomic.Bool
	a := c.NewAssembly(t.Context(), "dump", blobstore.NewAssemblyPlan(streams, 0, 4*mib), func() { moved.Store(true) })
	runs, contents := make([]*blobstore.Run, 3*streams), make([][]byte, 3*streams)
	var writers errgroup.Group
	writers.SetLimit(streams)
	for i := range runs {
		runs[i], contents[i] = a.NewRun(), blobstoretest.NoiseBytes(t, uint64(i), mib/2*int64(i%4))
		writers.Go(func() error {
			for part := range bytes.SplitAfterSeq(contents[i], []byte{7}) {
				if _, err := runs[i].Write(part); err != nil {
					return err
				}
			}
			runs[i].End()
			return nil
		})
	}
	given := a.NewRun()
	_, err := given.Write([]byte("given up"))
	require.NoError(t, err)
	given.Discard()
	require.NoError(t, writers.Wait())
	require.NoError(t, a.Wait())

	var order []*blobstore.Run
	var whole []byte
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(len(runs)) {
		require.Equal(t, int64(len(contents[i])), runs[i].Size())
		require.Equal(t, int64(len(contents[i])), blobstore.TotalSize(runs[i].Blocks()))
		order = append(order, runs[i])
		whole = append(whole, contents[i]...)
	}
	made, err := a.Commit(t.Context(), order, "list", nil)
	require.NoError(t, err)
	require.True(t, moved.Load())
	requireWhole(t, c, made, blobstore.BlocksOf(order), whole)
}

func TestAssemblyFailsAllRunsWithOne(t *testing.T) {
	t.Parallel()
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	a := open(t).NewAssembly(ctx, "dump", blobstore.NewAssemblyPlan(1, 0, mib), func() {})
	run := a.NewRun()
	_, err := run.Write(make([]byte, mib/2))
	require.NoError(t, err)
	cancel(cause)
	_, err = run.Write(make([]byte, 4*mib))
	require.ErrorIs(t, err, cause)
	run.Discard()
	require.Error(t, a.Wait())
}
