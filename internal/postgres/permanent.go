package postgres

import (
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgvault/pgvault/internal/failure"
)

// permanentClasses are the classes of SQLSTATEs that another attempt would get
// again: errors in the data, missing or invalid objects, and errors raised by
// users' code.
var permanentClasses = []string{"0A", "20", "21", "22", "23", "2B", "2D", "2F", "38", "39", "3F", "42", "44", "54", "P0"}

// Permanent reports whether another attempt would fail with the same error. An
// outdated plan or prepared statement, as behind a pooler, is not permanent.
func Permanent(e *pgconn.PgError) bool {
	return len(e.Code) == 5 && slices.Contains(permanentClasses, e.Code[:2]) && e.Code != "42P05" && e.Routine != "RevalidateCachedQuery"
}

// statementRefused returns the error for a server error without a failure code
// of its own.
func statementRefused(e *pgconn.PgError, t Target) *failure.Error {
	return failure.Wrap(e, failure.StatementRefused, "It is not tried again, since another attempt would be given the same answer: mend what it names, then `pgvault rerun` the job.",
		"server %s refuses a statement in database %q", t.Server(), t.Database)
}
