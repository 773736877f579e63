package dump

import (
	"context"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// copyTables copies all tables of a unit with one message to the server: on a
// connection with a high latency, each round trip would cost as much as a small
// table.
func (w *worker) copyTables(ctx context.Context, u *unit, run *blobstore.Run) error {
	var sql strings.Builder
	sql.WriteString(lockTables(u.locks, noWait))
	for _, t := range u.tables {
		sql.WriteString(";\n" + t.sql)
	}
	sink := &tableSink{unit: u, run: run, encoder: w.encoder, meter: w.job.meter}
	if err := w.conn.Copy(ctx, sql.String(), sink); err != nil {
		return err
	}
	u.starts, u.sum, u.rows = sink.starts, sink.sum, sink.rows
	return nil
}

// tableSink encodes the tables of a unit one after another.
type tableSink struct {
	unit    *unit
	run     *blobstore.Run
	encoder *archive.Encoder
	meter   *progress.Meter

	starts []start
	sum    archive.Sum
	rows   []fingerprint.Rows
	hasher fingerprint.Hasher
	next   int
}

var _ pgcopy.Sink = (*tableSink)(nil)

func (s *tableSink) Begin() error {
	entry := s.unit.tables[s.next].entry
	s.next++
	s.run.Cut()
	s.starts = append(s.starts, start{entry.DumpID, s.run.Size()})
	if !s.unit.first {
		s.encoder.BeginPiece(s.run)
		return nil
	}
	return s.encoder.BeginTable(s.run, entry.DumpID)
}

func (s *tableSink) Write(rows []byte, ends []int) error {
	s.hasher.WriteRows(rows, ends)
	_, err := s.encoder.Write(rows)
	s.meter.Add(s.unit.weight.part(int64(len(rows))))
	s.meter.Touch()
	return err
}

func (s *tableSink) End(count int64) error {
	rows, err := s.hasher.EndOf(count)
	if err != nil {
		return err
	}
	s.rows = append(s.rows, rows)
	if s.sum, err = s.encoder.End(); err != nil || !s.unit.whole() {
		return err
	}
	_, err = s.run.Write(archive.TableTail(s.encoder.Compression(), s.sum))
	return err
}
