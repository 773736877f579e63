package restore

import (
	"context"
	"fmt"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/signin"
)

// intoSession is a session that works on definitions. Names are those of an
// archive, in its encoding; all statements go by the simple protocol.
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
	// Nothing is found by a name without its schema.
	if err := s.run(ctx, "prepare the session", rowSettings+"; "+toc.SessionSQL()+"SET search_path = ''; SET standard_conforming_strings = on"); err != nil {
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
func (s *intoSession) ask(ctx context.Context, doing, statements string) ([][][]byte, error) {
	results, err := s.Conn.PgConn().Exec(ctx, statements).ReadAll()
	if err != nil {
		l := loader{session: s.Session}
		return nil, l.refusal(ctx, err, doing, statements)
	}
	var rows [][][]byte
	for _, result := range results {
		if len(result.FieldDescriptions) > 0 {
			rows = result.Rows
		}
	}
	return rows, nil
}

// yes reports whether an SQL condition holds.
func (s *intoSession) yes(ctx context.Context, condition string) (bool, error) {
	rows, err := s.ask(ctx, "look at the database", "SELECT "+condition)
	return err == nil && string(rows[0][0]) == "t", err
}

// texts returns the only column of a query.
func (s *intoSession) texts(ctx context.Context, doing, query string) (all []string, err error) {
	rows, err := s.ask(ctx, doing, query)
	for _, row := range rows {
		all = append(all, string(row[0]))
	}
	return all, err
}

// rollback rolls the transaction back.
func (s *intoSession) rollback(ctx context.Context) { _ = s.run(ctx, "roll back", "ROLLBACK") }

// array returns an SQL array of texts.
func array(texts []string) string {
	list := ""
	for i, text := range texts {
		if i > 0 {
			list += ", "
		}
		list += postgres.QuoteLiteral(text)
	}
	return fmt.Sprintf("ARRAY[%s]::pg_catalog.text[]", list)
}
