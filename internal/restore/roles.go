package restore

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/signin"
)

// Roles creates the recorded roles that do not exist, with their attributes,
// settings and memberships. It changes nothing of a role that exists, and runs no
// other statement of the file. It is one transaction, so that another attempt
// finds all or none of the roles. Roles returns the number of statements run and
// the errors it ignored.
func (r Restorer) Roles(ctx context.Context, job Job, sql []byte) (statements int, ignored []string, err error) {
	session, err := r.maintenance(ctx, job)
	if err != nil {
		return 0, nil, err
	}
	defer session.Close(ctx)
	maker := roleMaker{session: session, made: map[string]bool{}, kept: map[string]bool{}}
	if maker.tx, err = session.Conn.Begin(ctx); err != nil {
		return 0, nil, maker.classify(ctx, err)
	}
	for _, statement := range pgtools.RoleStatements(sql) {
		if err := maker.run(ctx, statement); err != nil {
			return 0, nil, err
		}
	}
	if err := maker.tx.Commit(ctx); err != nil {
		return 0, nil, maker.classify(ctx, err)
	}
	return maker.statements, maker.ignored.Lines(), nil
}

// roleMaker runs the statements of a roles file.
type roleMaker struct {
	session *signin.Session
	tx      pgx.Tx
	// made has the roles that the transaction has created, and kept those that it
	// has not, because they exist or have a name that the server refuses.
	made, kept map[string]bool
	statements int
	ignored    printable.Notes
}

func (m *roleMaker) run(ctx context.Context, s pgtools.RoleStatement) error {
	switch {
	case s.Creates == "" && s.Changes == "":
		m.ignored.Add("left out, since it is no statement about a role: " + pgtools.WithoutTexts(s.SQL))
		return nil
	case m.kept[s.Changes]:
		return nil
	case s.Changes != "" && !m.made[s.Changes]:
		m.ignored.Add("left out, since the restore has not created the role: " + pgtools.WithoutTexts(s.SQL))
		return nil
	}
	note, err := m.try(ctx, s.SQL)
	switch {
	case err != nil:
		return err
	case note != "":
		m.ignored.Add(note)
	default:
		m.statements++
	}
	if s.Creates != "" && !m.made[s.Creates] {
		m.made[s.Creates], m.kept[s.Creates] = note == "", note != ""
	}
	return nil
}

// try runs one statement and returns a note on the parts that were skipped. If
// one attribute is refused, the others are set without it.
func (m *roleMaker) try(ctx context.Context, statement string) (note string, err error) {
	if err = m.attempt(ctx, statement); err == nil {
		return "", nil
	}
	if adapted, lost, changed := pgtools.WithoutSuperuserAttributes(statement); changed {
		if again := m.attempt(ctx, adapted); again == nil {
			if len(lost) == 0 {
				return "", nil
			}
			return fmt.Sprintf("left out, since only a superuser may give it: %s: %s", strings.Join(lost, ", "), pgtools.WithoutTexts(statement)), nil
		}
	}
	if why, refused := postgres.Refusal(err); refused {
		return fmt.Sprintf("%s: %s", why, pgtools.WithoutTexts(statement)), nil
	}
	err = m.classify(ctx, err)
	if ctx.Err() != nil || failure.CodeOf(err) == failure.ServerConnectionClosed {
		return "", err // not an error of the statement
	}
	return "", failure.Wrap(err, failure.RestoreStatement,
		"mend the cause on the target server, then: pgvault rerun the job", "a statement of the roles failed: %s", pgtools.WithoutTexts(statement))
}

// attempt runs one statement within the transaction, which continues if the
// statement fails. The extended protocol takes no second one behind a semicolon.
func (m *roleMaker) attempt(ctx context.Context, statement string) error {
	return pgx.BeginFunc(ctx, m.tx, func(savepoint pgx.Tx) error {
		_, err := savepoint.Conn().PgConn().ExecParams(ctx, statement, nil, nil, nil, nil).Close()
		return err
	})
}

func (m *roleMaker) classify(ctx context.Context, err error) error {
	return postgres.Classify(postgres.Ended(ctx, err), m.session.Target)
}
