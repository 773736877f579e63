package readback

import (
	"context"

	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
	"github.com/pgvault/pgvault/internal/signin"
)

// CompareWithin compares rows that the session's transaction has loaded into
// tables of an existing database. The transaction is at the level READ COMMITTED or
// higher, and must read no other rows afterwards: it has the settings of the dump.
// Other tables are left out, and so are large objects.
func CompareWithin(ctx context.Context, session *signin.Session, r Request, share *memory.Share, m *progress.Meter) (proof.Compared, error) {
	e, err := r.expected(ctx, share)
	if err != nil {
		return proof.Compared{}, err
	}
	e.existing, e.objects = true, nil
	l := &leader{session: session}
	if err := l.set(ctx, e); err != nil {
		return proof.Compared{}, r.orDamaged(err)
	}
	if err := l.survey(ctx, e, share); err != nil {
		return proof.Compared{}, l.classified(ctx, "look at the restored tables", err)
	}
	for _, t := range e.tables {
		if t.state != readable {
			continue
		}
		if t.found, err = l.rows(ctx, t, m); err != nil {
			return proof.Compared{}, l.classified(ctx, "read table "+shown(t.name())+" back", err)
		}
	}
	return e.outcome(nil), nil
}

// rows reads a table over the session, which has a round trip for each.
func (l *leader) rows(ctx context.Context, t *table, m *progress.Meter) (fingerprint.Rows, error) {
	u := &unit{parts: []part{{t, t.sql().Copy()}}, bytes: t.facts.bytes}
	sink := &rowSink{unit: u, reader: &reader{meter: m}}
	done, err := l.session.Conn.PgConn().CopyTo(ctx, rowWriter{sink}, u.parts[0].sql)
	if err != nil {
		return fingerprint.Rows{}, err
	}
	if err := sink.End(done.RowsAffected()); err != nil {
		return fingerprint.Rows{}, err
	}
	return u.rows[0], nil
}

// rowWriter is a sink as a writer.
type rowWriter struct{ pgcopy.Sink }

func (w rowWriter) Write(p []byte) (int, error) { return len(p), w.Sink.Write(p, nil) }
