package dump

import (
	"context"
	"fmt"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy/pieces"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// copyObjects copies large objects.
func (w *worker) copyObjects(ctx context.Context, u *unit, run *blobstore.Run) error {
	u.starts = []start{{u.objectsOf.DumpID, run.Size()}}
	if u.first {
		if _, err := run.Write(archive.LargeObjectsHead(u.objectsOf.DumpID)); err != nil {
			return err
		}
	}
	sink := &objectSink{unit: u, run: run, encoder: w.encoder, meter: w.job.meter, prints: u.prints[:0], hasher: fingerprint.NewObjectHasher()}
	if err := pieces.CopyObjects(ctx, w.conn, u.objects, sink); err != nil {
		return err
	}
	if found := len(sink.prints); found != len(u.objects) {
		return fmt.Errorf("the server has given %d large objects, of %d that were asked for", found, len(u.objects))
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
	// prints are the fingerprints of the objects so far, in the memory of the unit's.
	prints []fingerprint.Object
	hasher *fingerprint.ObjectHasher
}

var _ pieces.Receiver = (*objectSink)(nil)

func (s *objectSink) Begin(oid uint32) error {
	if len(s.prints) == cap(s.prints) {
		return fmt.Errorf("the server has given large object %d beyond those that were asked for", oid)
	}
	s.hasher.Begin(oid)
	return s.encoder.BeginLargeObject(s.run, oid)
}

func (s *objectSink) Write(content []byte) (int, error) {
	_, _ = s.hasher.Write(content) // never fails
	n, err := s.encoder.Write(content)
	s.meter.Add(s.unit.weight.part(int64(len(content))))
	s.meter.Touch()
	return n, err
}

func (s *objectSink) End() error {
	s.prints = append(s.prints, s.hasher.End())
	sum, err := s.encoder.End()
	if err != nil {
		return err
	}
	_, err = s.run.Write(archive.LargeObjectTail(s.encoder.Compression(), sum))
	return err
}
