package restore

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgvault/pgvault/internal/archive"
)

// do carries out a task of the agenda.
func (l *loader) do(ctx context.Context, t *task) error {
	l.line = l.sessionLine(t.text(), l.backend)
	defer l.line.Close()
	if t.table != nil {
		return l.load(ctx, t.regions)
	}
	return l.make(ctx, t.entries)
}

// asOfDatabase resets array_nulls for definitions, which pg_restore reads under
// the database's setting.
const asOfDatabase = "SET LOCAL array_nulls TO DEFAULT; "

// make creates entries without data as pg_restore does, each by its own
// statement. A statement that fails is a finding.
func (l *loader) make(ctx context.Context, entries []*archive.Entry) error {
	for _, e := range entries {
		if l.failed() {
			return nil
		}
		l.line.Touch()
		if err := l.judge(ctx, l.persist(ctx, asOfDatabase+e.Defn), e); err != nil {
			return err
		}
	}
	return nil
}

// text describes the task for messages.
func (t *task) text() string {
	if t.table == nil {
		return "make " + strings.ToLower(t.entries[0].Desc) + " " + name(t.entries[0])
	}
	return "restore " + strings.ToLower(t.regions[0].entry.Desc) + " " + name(t.regions[0].entry)
}

// persist runs statements in one implicit transaction, and again if the server
// ends it in favour of another session's, as after a deadlock.
func (l *loader) persist(ctx context.Context, statements string) error {
	const attempts = 5
	var err error
	for range attempts {
		var answer *pgconn.PgError
		if err = l.exec(ctx, statements); !errors.As(err, &answer) || !strings.HasPrefix(answer.Code, "40") {
			return err
		}
	}
	return err
}
