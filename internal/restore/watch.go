package restore

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin"
)

// stallTimeout is long, since data may stop moving while the server writes to
// disk.
const stallTimeout = 30 * time.Minute

// watched calls work, and cancels it if nothing moves on one of the connections
// and the server does no work for it.
func (l *loading) watched(ctx context.Context, work func(ctx context.Context) error) error {
	watched, stop := progress.Watch(ctx, l.meter, cmp.Or(l.StallTimeout, stallTimeout))
	defer stop()
	err := work(watched)
	if cause := context.Cause(watched); err != nil && failure.CodeOf(cause) == failure.TransferStalled {
		return failure.Wrap(cause, failure.TransferStalled,
			"It is tried again. Look for what the sessions in the target database wait on (pg_stat_activity), and for what lies between the server and the worker.",
			"no data has moved into database %q", l.job.filled())
	}
	return err
}

// sessionLine returns a line that watches one of our own sessions. backend is
// the PID of its server process; 0 if unknown.
func (l *loading) sessionLine(doing string, backend uint32) *progress.Line {
	if backend == 0 {
		return l.databaseLine(doing)
	}
	return l.meter.Line(doing, func(ctx context.Context) bool {
		return l.askServer(ctx, func(ctx context.Context, conn *pgx.Conn) (bool, error) { return postgres.Working(ctx, conn, backend) })
	})
}

// databaseLine returns a line that watches the sessions of pg_restore, or
// sessions behind a pooler.
func (l *loading) databaseLine(doing string) *progress.Line {
	return l.meter.Line(doing, func(ctx context.Context) bool {
		return l.askServer(ctx, func(ctx context.Context, conn *pgx.Conn) (bool, error) {
			return postgres.WorkingIn(ctx, conn, l.job.filled())
		})
	})
}

// askServer queries the server over a new connection, since nothing arrives over a
// silent one. It returns false if the server does not answer.
func (l *loading) askServer(ctx context.Context, question func(context.Context, *pgx.Conn) (bool, error)) bool {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	account := l.job.Account
	if !l.job.rowsOnly() {
		account.Database = maintenanceDatabase
	}
	session, err := signin.Open(ctx, l.Source, account)
	if err != nil {
		return false
	}
	defer session.Close(ctx)
	yes, err := question(ctx, session.Conn)
	return yes && err == nil
}

// backendOf returns the PID of a session's server process; 0 behind a pooler.
func backendOf(ctx context.Context, session *signin.Session) (uint32, error) {
	direct, err := postgres.Direct(ctx, session.Conn)
	if err != nil || !direct {
		return 0, err
	}
	return session.Conn.PgConn().PID(), nil
}
