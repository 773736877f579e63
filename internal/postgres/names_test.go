package postgres_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// Names given in UTF-8 and in LATIN1 are read from databases of several
// encodings.
func TestSharedNamesAreReadAsTheServerHasThem(t *testing.T) {
	t.Parallel()
	p, latin1 := localenvtest.Postgres(t), localenvtest.Unique()
	require.NoError(t, p.Exec(t.Context(), "postgres", "CREATE DATABASE "+latin1+" TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"))
	t.Cleanup(func() {
		require.NoError(t, p.Exec(context.Background(), "postgres", "DROP DATABASE "+latin1+" WITH (FORCE)"))
	})
	for encoding, latin1Comment := range map[string]string{"LATIN1": "größer", "UTF8": "gr\U0010fef6\U0010fedfer", "SQL_ASCII": "gr\U0010fef6\U0010fedfer"} {
		owner, database := "jürgen_"+localenvtest.Unique(), "bücher_"+localenvtest.Unique()
		admin := connect(t, target(t, p, "postgres"))
		q := postgres.QuoteIdent
		run(t, admin, "CREATE ROLE "+q(owner),
			fmt.Sprintf("CREATE DATABASE %s TEMPLATE template0 ENCODING '%s' LC_COLLATE 'C' LC_CTYPE 'C' OWNER %s", q(database), encoding, q(owner)),
			fmt.Sprintf("GRANT CONNECT ON DATABASE %s TO %s", q(database), q(owner)),
			fmt.Sprintf("ALTER ROLE %s IN DATABASE %s SET app.greeting = 'grüße'", q(owner), q(database)),
			"COMMENT ON DATABASE "+q(database)+" IS 'größer'")
		t.Cleanup(func() {
			require.NoError(t, p.Exec(context.Background(), "postgres", "DROP DATABASE "+q(database)+" WITH (FORCE)"))
			require.NoError(t, p.Exec(context.Background(), "postgres", "DROP ROLE "+q(owner)))
		})
		conn := connect(t, target(t, p, database))
		usual := one(t, conn, "SHOW client_encoding")
		f, err := postgres.ReadDatabase(t.Context(), conn)
		require.NoError(t, err, encoding)
		require.Equal(t, []string{database, owner, "größer", "grüße", owner}, []string{f.Name, f.Owner, f.Comment, f.Settings[0].Value, f.Settings[0].Role}, encoding)
		require.Contains(t, f.ACL[1], owner)

		run(t, connect(t, target(t, p, latin1)), "SET client_encoding = 'SQL_ASCII'", "COMMENT ON DATABASE "+q(database)+" IS 'gr\xf6\xdfer'")
		f, err = postgres.ReadDatabase(t.Context(), conn)
		require.NoError(t, err, encoding)
		require.Equal(t, []string{database, owner, latin1Comment}, []string{f.Name, f.Owner, f.Comment}, encoding)
		require.Equal(t, usual, one(t, conn, "SHOW client_encoding"))
	}
}
