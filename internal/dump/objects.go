package dump

import (
	"context"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy/pieces"
	"github.com/pgvault/pgvault/internal/progress"
)

// copyObjects copies large objects.
func (w *worker) copyObjects(ctx context.Context, u *unit, run *blobstore.Run) error {
	u.starts = []start{{u.objectsOf.DumpID, run.Size()}}
	if u.first {
		if _, err := run.Write(archive.LargeObjectsHead(u.objectsOf.DumpID)); err != nil {
			return err
		}
	}
	if err := pieces.CopyObjects(ctx, w.conn, u.objects, &objectSink{unit: u, run: run, encoder: w.encoder, meter: w.job.meter}); err != nil {
		return err
	}
	if u.whole() {
		_, err := run.Write(archive.LargeObjectsTail())
		return err
	}
	return nil
}

// objectSink encodes large objects one after another.
type objectSink struct {
	unit    *unit
	run     *blobstore.Run
	encoder *archive.Encoder
	meter   *progress.Meter
}

var _ pieces.Receiver = (*objectSink)(nil)

func (s *objectSink) Begin(oid uint32) error { return s.encoder.BeginLargeObject(s.run, oid) }

func (s *objectSink) Write(content []byte) (int, error) {
	n, err := s.encoder.Write(content)
	s.meter.Add(s.unit.weight.part(int64(len(content))))
	s.meter.Touch()
	return n, err
}

func (s *objectSink) End() error {
	sum, err := s.encoder.End()
	if err != nil {
		return err
	}
	_, err = s.run.Write(archive.LargeObjectTail(s.encoder.Compression(), sum))
	return err
}
