package pgtools_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/test/growth"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestFilterServiceRoles(t *testing.T) {
	t.Parallel()
	sql, err := os.ReadFile("testdata/roles-of-azure.sql")
	require.NoError(t, err)
	kept, count, leftOut := pgtools.FilterServiceRoles(sql)
	require.Equal(t, 4, count)
	require.ElementsMatch(t, []string{
		"role azure_pg_admin", "role azuresu", "role replication", `membership of "u" in azure_pg_admin`,
	}, leftOut)
	var statements []string
	for _, line := range strings.Split(string(kept), "\n") {
		if line != "" && !strings.HasPrefix(line, "--") && !strings.HasPrefix(line, `\`) && !strings.HasPrefix(line, "SET ") {
			statements = append(statements, line)
		}
	}
	const attributes = " WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS"
	require.Equal(t, []string{
		`CREATE ROLE "Odd ""x;' r";`,
		`ALTER ROLE "Odd ""x;' r"` + attributes + ` CONNECTION LIMIT 3;`,
		`COMMENT ON ROLE "Odd ""x;' r" IS E'GRANT azure_pg_admin TO me; it''s \\ fine';`,
		`CREATE ROLE "maker";`,
		`ALTER ROLE "maker"` + attributes + `;`,
		`CREATE ROLE "postgres";`,
		`ALTER ROLE "postgres" WITH SUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS;`,
		`CREATE ROLE "u";`,
		`ALTER ROLE "u"` + attributes + `;`,
		`ALTER ROLE "u" SET "search_path" TO 'a', 'B c';`,
		`ALTER ROLE "u" SET "app.x" TO E'a`,
		`b;''c'' \\ d';`,
		`GRANT "maker" TO "Odd ""x;' r";`,
		`GRANT "maker" TO "u" WITH ADMIN OPTION GRANTED BY "postgres";`,
		`GRANT "pg_read_all_data" TO "maker" GRANTED BY "postgres";`,
		`GRANT SET ON PARAMETER "log_statement" TO "u";`,
	}, statements)

	again, _, nothing := pgtools.FilterServiceRoles(kept)
	require.Equal(t, string(kept), string(again))
	require.Empty(t, nothing)
}

func TestFilterServiceRolesInOtherSpellings(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"GRANT azure_pg_admin TO alice WITH ADMIN OPTION, INHERIT TRUE GRANTED BY azuresu;": "",
		"GRANT a TO b WITH INHERIT TRUE GRANTED BY azuresu;":                                "GRANT a TO b WITH INHERIT TRUE;",
		"GRANT a TO b WITH INHERIT TRUE, SET FALSE GRANTED BY c;":                           "GRANT a TO b WITH INHERIT TRUE, SET FALSE GRANTED BY c;",
		"GRANT pg_use_reserved_connections TO alice GRANTED BY azuresu;":                    "",
		"GRANT pg_monitor TO alice GRANTED BY azure_superuser;":                             "GRANT pg_monitor TO alice;",
		"ALTER ROLE azure_superuser SET x TO 'y';":                                          "",
		"SECURITY LABEL FOR pgaadauth ON ROLE azuresu IS 'x';":                              "",
		"SECURITY LABEL FOR pgaadauth ON ROLE alice IS 'azuresu';":                          "SECURITY LABEL FOR pgaadauth ON ROLE alice IS 'azuresu';",
		// On other servers than Azure's, any user may have these names.
		"CREATE ROLE replication;": "CREATE ROLE replication;",
		"CREATE ROLE azure_app;":   "CREATE ROLE azure_app;",
		"-- a comment; it's long":  "-- a comment; it's long",
		"":                         "",
	} {
		kept, _, leftOut := pgtools.FilterServiceRoles([]byte(sql))
		require.Equal(t, want, string(kept))
		require.Equal(t, want == "" && sql != "", len(leftOut) > 0, sql)
	}
}

func TestRolesOfARealServer(t *testing.T) {
	t.Parallel()
	p, tools := localenvtest.Postgres(t), installation(t)
	user, _ := localenvtest.User(t)
	sql, _, err := run(t.Context(), pgtools.Command{Path: tools.Path(pgtools.DumpAll), Args: pgtools.RolesArgs("postgres", pgtools.AsSeen), Target: target(p, "postgres")})
	require.NoError(t, err)
	require.NotContains(t, string(sql), "PASSWORD")
	kept, count, leftOut := pgtools.FilterServiceRoles(sql)
	require.Equal(t, strings.Count(string(sql), "\nCREATE ROLE "), count)
	require.Contains(t, string(kept), `CREATE ROLE "`+user+`";`)
	require.Equal(t, string(sql), string(kept), "nothing but what is left out changes")
	require.Empty(t, leftOut)
}

func TestWithoutSuperuserAttributes(t *testing.T) {
	t.Parallel()
	for statement, want := range map[string]struct {
		adapted string
		lost    []string
	}{
		`ALTER ROLE "a" WITH NOSUPERUSER INHERIT NOCREATEROLE CREATEDB LOGIN NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 3;`: {
			`ALTER ROLE "a" WITH INHERIT NOCREATEROLE CREATEDB LOGIN CONNECTION LIMIT 3;`, nil,
		},
		`ALTER ROLE a WITH SUPERUSER INHERIT LOGIN REPLICATION BYPASSRLS;`: {
			`ALTER ROLE a WITH INHERIT LOGIN;`, []string{"SUPERUSER", "REPLICATION", "BYPASSRLS"},
		},
		`ALTER ROLE "x WITH SUPERUSER""; " WITH NOSUPERUSER LOGIN;`: {`ALTER ROLE "x WITH SUPERUSER""; " WITH LOGIN;`, nil},
		`ALTER ROLE a SET x TO ' WITH SUPERUSER';`:                  {`ALTER ROLE a SET x TO ' WITH SUPERUSER';`, nil},
		`CREATE ROLE "a WITH SUPERUSER";`:                           {`CREATE ROLE "a WITH SUPERUSER";`, nil},
		`GRANT a TO b WITH ADMIN OPTION;`:                           {`GRANT a TO b WITH ADMIN OPTION;`, nil},
	} {
		adapted, lost, changed := pgtools.WithoutSuperuserAttributes(statement)
		require.Equal(t, want.adapted, adapted)
		require.Equal(t, want.lost, lost)
		require.Equal(t, adapted != statement, changed)
	}
}

// An administrator who is not a superuser creates the roles of a file. They can
// still log in.
func TestRolesOnAManagedServer(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	user, password := localenvtest.User(t)
	require.NoError(t, p.Exec(t.Context(), "postgres", "ALTER ROLE "+user+" CREATEROLE"))
	to := target(p, "postgres")
	to.User, to.Password = user, fixed(password)
	conn, err := postgres.Connect(t.Context(), to)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	made := "made_by_" + user
	for _, statement := range []string{"CREATE ROLE " + made, "ALTER ROLE " + made + " WITH NOSUPERUSER INHERIT LOGIN NOREPLICATION NOBYPASSRLS"} {
		_, err := conn.Exec(t.Context(), statement)
		if why, refused := postgres.Refusal(err); refused {
			adapted, _, changed := pgtools.WithoutSuperuserAttributes(statement)
			require.True(t, changed, why)
			_, err = conn.Exec(t.Context(), adapted)
		}
		require.NoError(t, err, statement)
	}
	var login bool
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT rolcanlogin FROM pg_roles WHERE rolname = $1", made).Scan(&login))
	require.True(t, login)
}

// The owner of a server decides how many statements there are to leave out.
func TestWhatIsLeftOutOfRolesIsBounded(t *testing.T) {
	t.Parallel()
	var sql strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&sql, "GRANT azure_pg_admin TO role%d;\n", i)
	}
	kept, count, leftOut := pgtools.FilterServiceRoles([]byte(sql.String()))
	require.NotContains(t, string(kept), "GRANT")
	require.Zero(t, count)
	require.Len(t, leftOut, 201)
	require.Equal(t, "… and 800 more", leftOut[200])
}

func TestLeavingOutGrowsWithTheRoles(t *testing.T) {
	t.Parallel()
	growth.Linear(t, 5000, func(n int) func() {
		var sql strings.Builder
		for i := range n {
			fmt.Fprintf(&sql, "GRANT azure_pg_admin TO role%d;\n", i)
		}
		return func() { pgtools.FilterServiceRoles([]byte(sql.String())) }
	})
}
