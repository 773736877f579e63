package blobstoretest

import (
	"context"
	"io"
	"testing"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// Stream is an assembly of one run.
type Stream struct {
	Assembly *blobstore.Assembly
	Run      *blobstore.Run
}

// NewStream begins a stream by the plan of one stream of unknown size.
func NewStream(t testing.TB, c *blobstore.Container, name string) *Stream {
	t.Helper()
	return NewStreamOf(t.Context(), c, name, blobstore.NewAssemblyPlan(1, 0, 0))
}

// NewStreamOf begins a stream by a plan.
func NewStreamOf(ctx context.Context, c *blobstore.Container, name string, p blobstore.AssemblyPlan) *Stream {
	a := c.NewAssembly(ctx, name, p, func() {})
	return &Stream{a, a.NewRun()}
}

// CopyFrom stages all that r has. It returns the first error of the storage, or
// else of the reader.
func (s *Stream) CopyFrom(r io.Reader) error {
	_, err := io.Copy(s.Run, r)
	if err == nil {
		s.Run.End()
	} else {
		s.Run.Discard()
	}
	if staged := s.Assembly.Wait(); staged != nil {
		return staged
	}
	return err
}

// Commit makes the stream a blob.
func (s *Stream) Commit(ctx context.Context, meta blobstore.Meta) (blobstore.Blob, error) {
	list := blobstore.HashOf(blobstore.EncodeBlocks(s.Run.Blocks()))
	return s.Assembly.Commit(ctx, []*blobstore.Run{s.Run}, list, meta)
}
