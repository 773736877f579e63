package pgtools_test

import (
	"testing"

	"github.com/stretchr/testify/require"

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
		`pg_dump: error: query failed: ERROR:  the message is left out, since it may quote values`,
		`pg_dump: error: query failed: ERROR:  permission denied for table "odd: name"`,
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
pg_dump: error: query failed: ERROR:  invalid input syntax for type integer: "Canary"
pg_dump: error: query failed: ERROR:  permission denied for table "odd: name"
`))
}
