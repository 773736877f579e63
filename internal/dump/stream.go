package dump

import (
	"context"
	"errors"
	"io"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// streamBuffer is the size of the buffer that rows and large objects are decoded
// into, in bytes.
const streamBuffer = 128 << 10

// stream makes the fingerprints of the data that pg_dump writes.
type stream struct {
	job     *job
	windows archive.Windows
	buffer  []byte
	hasher  fingerprint.Hasher
	// ofObjects computes the fingerprints of large objects.
	ofObjects *fingerprint.ObjectHasher
	// unit has the tables so far.
	unit    unit
	objects []fingerprint.Object
}

func (j *job) newStream(ctx context.Context) *stream {
	return &stream{
		job: j, windows: func(bytes int64) (func(), error) { return j.share.Window(ctx, bytes) },
		buffer: make([]byte, streamBuffer), ofObjects: fingerprint.NewObjectHasher(), unit: unit{first: true, last: true},
		objects: make([]fingerprint.Object, 0, j.result.Database.LargeObjects),
	}
}

// block reads a block of the archive.
func (s *stream) block(from *archive.Scanner, b archive.Block) error {
	if b.Entry.Desc == archive.DescLargeObjects {
		return s.largeObjects(from.LargeObjects())
	}
	rows, err := from.Rows()
	if err != nil {
		return err
	}
	rows.AskForWindows(s.windows)
	if err := s.rows(b.Entry, rows); err != nil {
		return err
	}
	s.job.meter.Done(1)
	return nil
}

func (s *stream) rows(e *archive.Entry, from *archive.TableReader) error {
	if err := archive.CopyRows(hashed{&s.hasher}, from, s.buffer); err != nil {
		return err
	}
	rows, err := s.hasher.End()
	s.unit.tables = append(s.unit.tables, tableCopy{entry: e, filtered: s.job.text.filtered[e.OID]})
	s.unit.rows = append(s.unit.rows, rows)
	return err
}

func (s *stream) largeObjects(from *archive.LargeObjectReader) error {
	defer func() { _ = from.Close() }()
	from.AskForWindows(s.windows)
	for {
		oid, object, err := from.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		s.ofObjects.Begin(oid)
		if _, err := io.CopyBuffer(s.ofObjects, object, s.buffer); err != nil {
			return err
		}
		s.objects = append(s.objects, s.ofObjects.End())
	}
}

// hashed is a hasher as a writer.
type hashed struct{ *fingerprint.Hasher }

func (h hashed) Write(text []byte) (int, error) {
	h.Hasher.Write(text)
	return len(text), nil
}
