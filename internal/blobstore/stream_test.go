package blobstore_test

import (
	"context"
	"io"
	"testing"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// stream is the only run of an assembly.
type stream struct {
	assembly *blobstore.Assembly
	run      *blobstore.Run
}

func newStream(t testing.TB, c *blobstore.Container, name string) *stream {
	return newStreamOf(t.Context(), c, name, blobstore.NewAssemblyPlan(1, 0, 0))
}

func newStreamOf(ctx context.Context, c *blobstore.Container, name string, p blobstore.AssemblyPlan) *stream {
	a := c.NewAssembly(ctx, name, p, func() {})
	return &stream{a, a.NewRun()}
}

// readFrom stages all that r has.
func (s *stream) readFrom(r io.Reader) error {
	_, err := io.Copy(s.run, r)
	if err == nil {
		s.run.End()
	} else {
		s.run.Discard()
	}
	if staged := s.assembly.Wait(); staged != nil {
		return staged
	}
	return err
}

func (s *stream) commit(ctx context.Context, meta blobstore.Meta) (blobstore.Blob, error) {
	return s.assembly.Commit(ctx, []*blobstore.Run{s.run}, blobstore.HashOf(blobstore.EncodeBlocks(s.run.Blocks())), meta)
}
