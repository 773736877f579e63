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

// NewStream returns a stream with the default plan of one stream of unknown
// size.
func NewStream(t testing.TB, c *blobstore.Container, name string) *Stream {
	t.Helper()
	return NewStreamOf(t.Context(), c, name, blobstore.NewAssemblyPlan(1, 0, 0))
}

// NewStreamOf returns a stream with a plan.
func NewStreamOf(ctx context.Context, c *blobstore.Container, name string, p blobstore.AssemblyPlan) *Stream {
	a := c.NewAssembly(ctx, name, p, func() {})
	return &Stream{a, a.NewRun()}
}

// CopyFrom stages the content of r. It returns the first error of the storage,
// or otherwise the reader's.
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

// Commit commits the stream as a blob.
func (s *Stream) Commit(ctx context.Context, meta blobstore.Meta) (blobstore.Blob, error) {
	list := blobstore.HashOf(blobstore.EncodeBlocks(s.Run.Blocks()))
	return s.Assembly.Commit(ctx, []*blobstore.Run{s.Run}, list, meta)
}
