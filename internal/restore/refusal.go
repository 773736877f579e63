package restore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

// passing reports whether the server may accept the statement later: it ended
// the session or preferred another one. A function of the database may raise the
// errors of the latter, for which a step is tried a few times.
func passing(answer *pgconn.PgError) bool {
	return postgres.EndsSession(answer) || strings.HasPrefix(answer.Code, "40") || answer.Code == "55P03"
}

// troubled reports whether the server itself failed: it canceled the statement,
// lacked resources or had an internal error. It does not send the states of a
// lost connection or session by an error that leaves the session open.
func troubled(answer *pgconn.PgError) bool {
	return !strings.HasPrefix(answer.Code, "57P") && answer.Code != "53300" && slices.Contains([]string{"53", "57", "58", "XX"}, answer.Code[:min(2, len(answer.Code))])
}

// refusal returns the error of our own failed statements. An error that a retry
// would meet again is the user's to fix, whatever its SQLSTATE: functions of
// the database may raise any.
func (l *loader) refusal(ctx context.Context, err error, doing, statements string) error {
	if err == nil {
		return nil
	}
	var answer *pgconn.PgError
	if !errors.As(err, &answer) || ctx.Err() != nil || passing(answer) || troubled(answer) {
		return fmt.Errorf("%s: %w", doing, postgres.Ended(ctx, postgres.Classify(err, l.session.Target)))
	}
	refused := pgtools.RestoreError{Message: message(answer), State: answer.Code}
	refuses := "it"
	if statements != "" {
		refuses = "\n  " + strings.TrimSpace(pgtools.WithoutTexts(statements)) + "\n"
	}
	return failure.Wrap(postgres.Tell(err), failure.RestoreStatement, pgtools.Remedy([]pgtools.RestoreError{refused}),
		"%s: database %q on server %s refuses %s", doing, l.session.Target.Database, l.session.Target.Server(), refuses)
}
