package pgtools_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

func TestRoleStatements(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]pgtools.RoleStatement{
		`CREATE ROLE clerk;`:                                          {Creates: "clerk"},
		`CREATE ROLE "Odd; ""name""";`:                                {Creates: `Odd; "name"`},
		`ALTER ROLE clerk WITH NOSUPERUSER LOGIN;`:                    {Changes: "clerk"},
		`ALTER ROLE clerk SET search_path TO 'a', 'b';`:               {Changes: "clerk"},
		`ALTER ROLE clerk IN DATABASE d SET work_mem TO '1MB';`:       {Changes: "clerk"},
		`COMMENT ON ROLE clerk IS 'DROP ROLE x;';`:                    {Changes: "clerk"},
		`SECURITY LABEL FOR 'selinux' ON ROLE clerk IS 'x';`:          {Changes: "clerk"},
		`SECURITY LABEL FOR selinux ON ROLE clerk IS 'x';`:            {Changes: "clerk"},
		`SECURITY LABEL ON ROLE clerk IS 'x';`:                        {Changes: "clerk"},
		`GRANT staff TO clerk WITH INHERIT TRUE GRANTED BY postgres;`: {Changes: "clerk"},

		`CREATE ROLE clerk SUPERUSER;`:                          {},
		`CREATE ROLE clerk IN ROLE pg_write_server_files;`:      {},
		`CREATE USER clerk;`:                                    {},
		`DROP ROLE clerk;`:                                      {},
		`ALTER ROLE clerk RENAME TO other;`:                     {},
		`ALTER ROLE ALL SET work_mem TO '1GB';`:                 {Changes: "ALL"},
		`ALTER SYSTEM SET archive_command TO 'x';`:              {},
		`ALTER DATABASE d OWNER TO clerk;`:                      {},
		`GRANT ALL ON DATABASE d TO clerk;`:                     {},
		`GRANT a, b TO clerk;`:                                  {},
		`GRANT SELECT (x) ON t TO clerk;`:                       {},
		`SECURITY LABEL ON DATABASE d IS 'x';`:                  {},
		`COMMENT ON DATABASE d IS 'x';`:                         {},
		`COPY t FROM PROGRAM 'id';`:                             {},
		`DO 'begin end';`:                                       {},
		`SET ROLE postgres;`:                                    {},
		`COMMIT;`:                                               {},
		`CREATE/**/ROLE clerk;`:                                 {},
		`SECURITY LABEL FOR 'x' ON FUNCTION ROLE() IS 'y';`:     {},
		`SECURITY LABEL;`:                                       {},
		`GRANT;`:                                                {},
		`ALTER ROLE;`:                                           {},
		`SET default_transaction_read_only = off, x TO DEFAULT`: {},
	} {
		got := pgtools.RoleStatements([]byte(sql + "\n"))
		if len(got) == 0 {
			require.Regexp(t, "^SET ", sql)
			continue
		}
		require.Len(t, got, 1, sql)
		want.SQL = sql
		require.Equal(t, want, got[0], sql)
	}
	require.Empty(t, pgtools.RoleStatements([]byte("-- a comment\n\\! touch /tmp/x\nSET client_encoding = 'UTF8';\n\n")))
}
