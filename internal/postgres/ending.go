package postgres

import (
	"cmp"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
)

// languageFiles are the source files in which procedural languages raise the errors of
// their functions: plpgsql, plperl, plpython and pltcl.
var languageFiles = []string{"pl_exec.c", "plperl.c", "plpy_elog.c", "pltcl.c"}

// EndsSession reports whether the server itself ended the session, or accepted
// none, by the error. The SQLSTATE does not tell: functions of the database may
// raise any. Their errors end no session, except those of login triggers, which come
// from the source of the function's language. A context does not tell either: the
// server may end a session within a function, or while it waits for a lock.
func EndsSession(e *pgconn.PgError) bool {
	severity := cmp.Or(e.SeverityUnlocalized, e.Severity)
	return (severity == "FATAL" || severity == "PANIC") && !slices.Contains(languageFiles, e.File)
}

// StatementRefusal returns the error by which the server refused a statement in a
// session that stays open, and whether err is one.
func StatementRefusal(err error) (*pgconn.PgError, bool) {
	var refusal *pgconn.PgError
	if !errors.As(err, &refusal) || EndsSession(refusal) {
		return nil, false
	}
	return refusal, true
}
