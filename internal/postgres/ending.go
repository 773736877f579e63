package postgres

import (
	"cmp"

	"github.com/jackc/pgx/v5/pgconn"
)

// EndsSession reports whether the server itself ended the session, or accepted
// none, by the error. The SQLSTATE does not tell: functions of the database may
// raise any. Their errors end no session, except those of login triggers, which
// name the function in the context.
func EndsSession(e *pgconn.PgError) bool {
	severity := cmp.Or(e.SeverityUnlocalized, e.Severity)
	return (severity == "FATAL" || severity == "PANIC") && !OfFunction(e.Where)
}
