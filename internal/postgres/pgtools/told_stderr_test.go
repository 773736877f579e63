package pgtools_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

// A server warns at each sign-in of settings that are not valid, with their
// values, and a login trigger may say anything.
func TestNoticesOfAServerAreToldWithoutValues(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		`WARNING:  invalid value for parameter "default_tablespace"`,
		`WARNING:  permission denied to set parameter "dynamic_library_path"`,
		`WARNING:  database "shop" has a collation version mismatch`,
		`WARNING:  the message is left out, since it may quote values`,
		`NOTICE:  the message is left out, since it may quote values`,
		`pg_dump: warning: there are circular foreign-key constraints on this table:`,
		`pg_dump: detail: people`,
	}, pgtools.ToldOfStderr(`
WARNING:  invalid value for parameter "default_tablespace": "Canary"
DETAIL:  Tablespace "Canary" does not exist.
WARNING:  permission denied to set parameter "dynamic_library_path"
WARNING:  database "shop" has a collation version mismatch
HINT:  Rebuild all objects.
WARNING:  row Canary
more of Canary
NOTICE:  row Canary
pg_dump: warning: there are circular foreign-key constraints on this table:
pg_dump: detail: people
`))
}

// The context, which tells whether code of the database has raised an error,
// follows the message. The message may look like lines of pg_dump.
func TestErrorsOfTheDatabasesCodeAreLeftOut(t *testing.T) {
	t.Parallel()
	for stderr, want := range map[string][]string{
		"pg_dump: error: query failed: ERROR:  invalid input syntax for type integer: \"Canary\npg_dump: Canary": {
			"pg_dump: error: query failed: ERROR:  the message is left out, since it may quote values",
		},
		"pg_dump: error: query failed: ERROR:  permission denied for table \"odd: name\"\npg_dump: detail: Query was: LOCK TABLE t": {
			"pg_dump: error: query failed: ERROR:  permission denied for table \"odd: name\"", "pg_dump: detail: Query was: LOCK TABLE t",
		},
		"pg_dump: saving\npg_dump: detail: Error message from server: ERROR:  row Canary\nCanary\npg_dump: Canary\nERROR:  Canary\nDETAIL:  row\nCONTEXT:  COPY t\nCONTEXT:  PL/pgSQL function f() line 1 at RAISE\npg_dump: detail: Command was: COPY t": {
			"pg_dump: saving", "pg_dump: detail: Error message from server: ERROR:  the message is left out, since it may quote values",
		},
		"pg_dump: error: connection to server at \"db\" failed: FATAL:  Canary\nCONTEXT:  PL/pgSQL function hello() line 1 at RAISE": {
			"pg_dump: error: connection to server at \"db\" failed: FATAL:  the message is left out, since it may quote values",
		},
		"pg_dump: error: query failed: FATAL:  terminating connection due to administrator command\nserver closed the connection unexpectedly": {
			"pg_dump: error: query failed: FATAL:  terminating connection due to administrator command",
		},
	} {
		require.Equal(t, want, pgtools.ToldOfStderr(stderr))
	}
}

// The server's answer ends no connection, whatever it says.
func TestAnAnswerIsNoLostConnection(t *testing.T) {
	t.Parallel()
	for stderr, want := range map[string]failure.Code{
		"pg_dump: error: query failed: ERROR:  server closed the connection unexpectedly":                            failure.Internal,
		"pg_dump: error: query failed: ERROR:  remaining connection slots are reserved":                              failure.Internal,
		"ERROR:  password authentication failed":                                                                     failure.Internal,
		"pg_dump: error: query failed: FATAL:  terminating connection due to administrator command":                  failure.ServerConnectionClosed,
		"pg_dump: detail: Error message from server: server closed the connection unexpectedly":                      failure.ServerConnectionClosed,
		"pg_dump: error: connection to server at \"db\" failed: FATAL:  sorry, too many clients already":             failure.ServerConnectionClosed,
		"pg_dump: detail: Error message from server: ERROR:  canceling statement due to conflict with recovery":      failure.ServerConnectionClosed,
		"pg_dump: detail: Error message from server: ERROR:  row: canceling statement due to conflict with recovery": failure.Internal,
	} {
		exit := &pgtools.ExitError{Tool: "pg_dump", Code: 1, Stderr: stderr}
		require.Equal(t, want, pgtools.Classify(exit, postgres.Target{Host: "db", User: "u"}).Code, stderr)
	}
}
