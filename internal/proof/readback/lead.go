package readback

import (
	"context"
	"fmt"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
	"github.com/pgvault/pgvault/internal/signin"
)

// leader is the connection that reads the catalogs, and whose snapshot the others
// share. It reads rows too.
type leader struct {
	session     *signin.Session
	serverMajor int
	// snapshot is the name of the snapshot; empty if sessions cannot share one, as
	// behind a connection pooler. Each then has its own, which is the same unless
	// somebody writes to the restored database.
	snapshot string
	// prepare is the SQL that prepares a session to read.
	prepare string
	// data is the session's connection once the catalogs are read.
	data *pgcopy.Conn
}

const begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

// lead opens the first connection.
func (c Comparer) lead(ctx context.Context, r Request, e *expected) (l *leader, err error) {
	l = &leader{}
	if l.session, err = signin.Open(ctx, c.Source, r.Account); err != nil {
		return nil, err
	}
	if err := l.begin(ctx, e); err != nil {
		l.close(ctx)
		return nil, err
	}
	return l, nil
}

func (l *leader) begin(ctx context.Context, e *expected) error {
	server, err := postgres.ReadServer(ctx, l.session.Conn)
	if err != nil {
		return err
	}
	l.serverMajor = server.Major
	direct, err := postgres.Direct(ctx, l.session.Conn)
	if err != nil {
		return l.classified(ctx, "look at the session", err)
	}
	if _, err := l.session.Conn.Exec(ctx, begin); err != nil {
		return l.classified(ctx, "begin to read", err)
	}
	if direct {
		if err := l.export(ctx); err != nil {
			return l.classified(ctx, "export the snapshot", err)
		}
	}
	return l.set(ctx, e)
}

// set sets the settings of the dump.
func (l *leader) set(ctx context.Context, e *expected) (err error) {
	if e.refused, err = l.unusable(ctx, e); err != nil {
		return l.classified(ctx, "set the dump's settings", err)
	}
	if l.prepare, err = e.sessionSQL(); err != nil {
		return err
	}
	_, err = l.session.Conn.PgConn().Exec(ctx, l.prepare).ReadAll()
	return l.classified(ctx, "set the dump's settings", err)
}

// export exports the snapshot if the server can.
func (l *leader) export(ctx context.Context) error {
	err := l.session.Conn.QueryRow(ctx, "SELECT pg_catalog.pg_export_snapshot()").Scan(&l.snapshot)
	if _, refused := postgres.StatementRefusal(err); !refused {
		return err
	}
	_, err = l.session.Conn.Exec(ctx, "ROLLBACK; "+begin)
	return err
}

// unusable returns the settings that the server refuses, such as a locale that
// it lacks.
func (l *leader) unusable(ctx context.Context, e *expected) (names []string, err error) {
	for _, s := range e.settings {
		set, err := fingerprint.SettingsSQL([]fingerprint.Setting{s})
		if err != nil {
			return nil, err
		}
		_, err = l.session.Conn.PgConn().Exec(ctx, "SAVEPOINT setting; "+set+"; RELEASE setting").ReadAll()
		if _, refused := postgres.StatementRefusal(err); refused {
			names = append(names, s.Name)
			_, err = l.session.Conn.PgConn().Exec(ctx, "ROLLBACK TO setting; RELEASE setting").ReadAll()
		}
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}

// join opens another connection that reads in the same snapshot.
func (l *leader) join(ctx context.Context) (*pgcopy.Conn, error) {
	conn, err := postgres.Connect(ctx, l.session.Target)
	if err != nil {
		return nil, err
	}
	data, err := pgcopy.Take(conn)
	if err != nil {
		return nil, err
	}
	statements := begin
	if l.snapshot != "" {
		statements += "; SET TRANSACTION SNAPSHOT " + postgres.QuoteLiteral(l.snapshot)
	}
	if err := data.Exec(ctx, statements+"; "+l.prepare+"; "+postgres.AliveStatement(postgres.QuickTimeout)); err != nil {
		data.Close()
		return nil, l.classified(ctx, "begin to read", err)
	}
	return data, nil
}

// classified returns an error of the server with its failure code.
func (l *leader) classified(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, postgres.Ended(ctx, postgres.Classify(err, l.session.Target)))
}

func (l *leader) close(ctx context.Context) {
	if l.data != nil {
		l.data.Close()
		return
	}
	l.session.Close(ctx)
}
