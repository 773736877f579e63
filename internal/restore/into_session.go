package restore

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/signin"
)

// intoSession is a session that works on definitions. Names are those of an
// archive, in its encoding, so that all statements go by the simple protocol.
type intoSession struct{ *signin.Session }

// openInto signs in to the existing database.
func (r Restorer) openInto(ctx context.Context, job Job, toc *archive.TOC) (*intoSession, error) {
	return r.openNamed(ctx, job.Account, toc)
}

// openNamed signs in to a database of the account's server.
func (r Restorer) openNamed(ctx context.Context, account signin.Account, toc *archive.TOC) (*intoSession, error) {
	session, err := signin.Open(ctx, r.Source, account)
	if err != nil {
		return nil, err
	}
	s := &intoSession{session}
	// The statements quote literals for standard strings. Nothing is found by a name
	// without its schema.
	err = s.run(ctx, "prepare the session", rowSettings+"; "+toc.SessionSQL()+"SET search_path = ''; SET standard_conforming_strings = on")
	if err != nil {
		session.Close(ctx)
		return nil, err
	}
	return s, nil
}

// run runs statements.
func (s *intoSession) run(ctx context.Context, doing, statements string) error {
	_, err := s.ask(ctx, doing, statements)
	return err
}

// ask runs statements and returns the rows of the last one that has any.
func (s *intoSession) ask(ctx context.Context, doing, statements string) ([][]string, error) {
	results, err := s.Conn.PgConn().Exec(ctx, statements).ReadAll()
	if err != nil {
		return nil, (&loader{session: s.Session}).refusal(ctx, err, doing, statements)
	}
	var rows [][]string
	for _, result := range results {
		if len(result.FieldDescriptions) == 0 {
			continue
		}
		rows = make([][]string, len(result.Rows))
		for i, row := range result.Rows {
			for _, value := range row {
				rows[i] = append(rows[i], string(value))
			}
		}
	}
	return rows, nil
}

// yes reports whether an SQL condition holds.
func (s *intoSession) yes(ctx context.Context, condition string) (bool, error) {
	rows, err := s.ask(ctx, "look at the database", "SELECT "+condition)
	return err == nil && rows[0][0] == "t", err
}

// texts returns the first column of a query.
func (s *intoSession) texts(ctx context.Context, doing, query string) (all []string, err error) {
	rows, err := s.ask(ctx, doing, query)
	for _, row := range rows {
		all = append(all, row[0])
	}
	return all, err
}

// attempt runs a statement without which the restore goes on. It returns the
// server's refusal, which another attempt would meet again, or nil if the statement
// succeeded.
func (s *intoSession) attempt(ctx context.Context, doing, statement string) (refused *pgconn.PgError, err error) {
	_, err = s.Conn.PgConn().Exec(ctx, statement).ReadAll()
	if err == nil {
		return nil, nil
	}
	var answer *pgconn.PgError
	if errors.As(err, &answer) && ctx.Err() == nil && !passing(answer) && !troubled(answer) {
		return answer, nil
	}
	return nil, (&loader{session: s.Session}).refusal(ctx, err, doing, statement)
}

// attemptWithin is like [intoSession.attempt] within a transaction, which goes on.
func (s *intoSession) attemptWithin(ctx context.Context, doing, statement string) (refused *pgconn.PgError, err error) {
	if err := s.run(ctx, doing, "SAVEPOINT pgvault"); err != nil {
		return nil, err
	}
	refused, err = s.attempt(ctx, doing, statement)
	if err == nil && refused != nil {
		err = s.run(ctx, doing, "ROLLBACK TO SAVEPOINT pgvault")
	}
	return refused, err
}

// told returns what may be told of a refusal.
func told(refused *pgconn.PgError) string { return postgres.Told(refused) }
