package restore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// reparsed has expressions that the server writes in another way after a reload.
const reparsed = `
	CREATE TABLE o (id int PRIMARY KEY, status varchar(10) DEFAULT ('a'::text || 'b') CHECK (status IN ('a', 'b', 'ab')), at date CHECK (at IN ('2020-01-01')), n numeric);
	CREATE INDEX o_i ON o (lower(status), (status IN ('a', 'b'))) WHERE status IN ('a', 'b');
	CREATE VIEW v AS SELECT * FROM o WHERE status IN ('a', 'b') AND at BETWEEN '2020-01-01' AND '2021-01-01';
	CREATE MATERIALIZED VIEW mv AS SELECT status || '' AS s FROM v;
	CREATE POLICY p ON o USING (status IN ('a', 'b')); ALTER TABLE o ENABLE ROW LEVEL SECURITY;
	CREATE RULE r AS ON UPDATE TO o WHERE old.status IN ('a', 'b') DO ALSO SELECT 1;
	CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
	CREATE TRIGGER t BEFORE UPDATE ON o FOR EACH ROW WHEN (new.status IN ('a', 'b')) EXECUTE FUNCTION f();
	CREATE TABLE ranges (s varchar(5)) PARTITION BY LIST ((lower(s))); CREATE TABLE ranges_1 PARTITION OF ranges FOR VALUES IN ('a', 'b');
	CREATE STATISTICS st ON (status IN ('a', 'b')), n FROM o;
	CREATE DOMAIN d AS varchar CHECK (VALUE IN ('a', 'b'));
	COMMENT ON TABLE o IS 'orders'; COMMENT ON COLUMN o.n IS 'amount';
	SELECT lo_from_bytea(4711, 'x')`

// restoredFrom restores a database whole, and returns how to compare the result.
func restoredFrom(t *testing.T, from string) (to string, compare func() proof.Compared) {
	t.Helper()
	r, job := target(t)
	account := job.Account
	account.Database = from
	dump, _ := dumped(t, r, account)
	_, _, err := load(t, r, job, dump)
	require.NoError(t, err)
	return job.Unpublished, func() proof.Compared {
		compared, err := r.CompareDefinitions(t.Context(), job, dump, progress.NewMeter(time.Now, "connect"))
		require.NoError(t, err)
		require.Zero(t, sessionsOfDatabase(t, job.Again()))
		return compared
	}
}

// sessionsOfDatabase returns whether a job's database exists.
func sessionsOfDatabase(t *testing.T, job restore.Job) (count int) {
	t.Helper()
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), "postgres")
	require.NoError(t, err)
	defer conn.Close(context.Background())
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_database WHERE datname = $1", job.Unpublished).Scan(&count))
	return count
}

func TestDefinitionsAreTheSameAfterARestore(t *testing.T) {
	t.Parallel()
	read := func(file string) string {
		sql, err := os.ReadFile(filepath.Join("testdata", file))
		require.NoError(t, err)
		return string(sql)
	}
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), "postgres", read("../../test/localenv/sample/roles.sql")))
	for name, sql := range map[string]string{
		"reparsed": reparsed, "rich": read("rich.sql"), "circles": read("circles.sql"), "enum": hashOfAnEnum, "sample": read("../../test/localenv/sample/orders.sql"), "invoices": read("../../test/localenv/sample/invoices.sql"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := localenvtest.Database(t)
			p := localenvtest.Postgres(t)
			require.NoError(t, p.Exec(t.Context(), "postgres", "ALTER DATABASE "+from+" OWNER TO shop_owner"))
			require.NoError(t, p.Exec(t.Context(), from, strings.ReplaceAll(sql, "DATABASE orders", "DATABASE "+from)))
			_, compare := restoredFrom(t, from)
			compared := compare()
			require.Empty(t, compared.Differences)
			require.Empty(t, compared.NotProven)
			require.Greater(t, compared.Definitions, 3)
		})
	}
}

// Each tampering is found and named, also of texts that are not those of the
// archive.
func TestTamperedDefinitions(t *testing.T) {
	t.Parallel()
	owner, user := newRole(t), newRole(t)
	p := localenvtest.Postgres(t)
	require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf("CREATE ROLE %s; CREATE ROLE %s", owner, user)))
	from := localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), from, reparsed+fmt.Sprintf(`; GRANT SELECT, INSERT ON o TO %[2]s; GRANT SELECT (n) ON o TO %[2]s;
		ALTER TABLE ranges OWNER TO %[1]s; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO %[2]s; ALTER DEFAULT PRIVILEGES FOR ROLE %[1]s GRANT SELECT ON TABLES TO %[2]s;
		CREATE FUNCTION less(text, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'; CREATE FUNCTION less(text, date) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
		CREATE OPERATOR << (FUNCTION = less, LEFTARG = text, RIGHTARG = int); CREATE OPERATOR << (FUNCTION = less, LEFTARG = text, RIGHTARG = date)`, owner, user)))
	to, compare := restoredFrom(t, from)
	require.Empty(t, compare().Differences)
	// One after another, since each changes the restored database back.
	for _, c := range []struct{ sql, back, want string }{
		{"DROP INDEX o_i", "", "index public.o_i: missing"},
		{"CREATE INDEX o_i ON o (lower(status), (status IN ('a', 'c'))) WHERE status IN ('a', 'b')", "", "index public.o_i: definition"},
		{"DROP INDEX o_i", "CREATE INDEX o_i ON o (lower(status), (status IN ('a', 'b'))) WHERE status IN ('a', 'b')", "index public.o_i: missing"},
		{"REVOKE INSERT ON o FROM " + user, "GRANT INSERT ON o TO " + user, `acl public.TABLE "o": grants`},
		{"REVOKE SELECT (n) ON o FROM " + user, "GRANT SELECT (n) ON o TO " + user, `acl public.COLUMN "o"."n": missing`},
		{"COMMENT ON COLUMN o.n IS NULL", "COMMENT ON COLUMN o.n IS 'amount'", `comment public.COLUMN "o"."n": missing`},
		{"COMMENT ON TABLE o IS 'other'", "COMMENT ON TABLE o IS 'orders'", `comment public.TABLE "o": definition`},
		{"ALTER TABLE ranges OWNER TO CURRENT_USER", "ALTER TABLE ranges OWNER TO " + owner, "table public.ranges: owner (expected " + owner + ", found " + p.Superuser + ")"},
		{"ALTER DEFAULT PRIVILEGES FOR ROLE " + owner + " REVOKE SELECT ON TABLES FROM " + user, "ALTER DEFAULT PRIVILEGES FOR ROLE " + owner + " GRANT SELECT ON TABLES TO " + user,
			"default acl DEFAULT PRIVILEGES FOR TABLES of " + owner + ": missing"},
		{"ALTER TABLE o DROP CONSTRAINT o_status_check, ADD CONSTRAINT o_status_check CHECK (status IN ('a', 'b'))", "", "table public.o: definition"},
		{"ALTER TABLE o DROP CONSTRAINT o_status_check, ADD CONSTRAINT o_status_check CHECK (status IN ('a', 'b', 'ab'))", "", ""},
		{"ALTER POLICY p ON o USING (status IN ('a'))", "ALTER POLICY p ON o USING (status IN ('a', 'b'))", "policy public.o p: definition"},
		{"CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN old; END'", "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'", "function public.f(): definition"},
		{"ALTER TABLE o DISABLE TRIGGER t", "ALTER TABLE o ENABLE TRIGGER t", "trigger public.o t: definition"},
		{"DROP OPERATOR << (text, date)", "CREATE OPERATOR << (FUNCTION = less, LEFTARG = text, RIGHTARG = date)", "operator public.<<: missing"},
		{"CREATE TYPE more AS (a int)", "DROP TYPE more", "type public.more: not in the dump"},
	} {
		require.NoError(t, p.Exec(t.Context(), to, c.sql))
		var differences []string
		for _, d := range compare().Differences {
			differences = append(differences, d.String())
		}
		if c.want == "" {
			require.Empty(t, differences, c.sql)
			continue
		}
		require.Contains(t, differences, c.want, c.sql)
		require.Len(t, differences, 1, "%q", differences)
		if c.back != "" {
			require.NoError(t, p.Exec(t.Context(), to, c.back))
		}
	}
}

func TestDefinitionsOfOtherVersionsAreNotProven(t *testing.T) {
	t.Parallel()
	r, job := target(t)
	job.Unpublished = source(t, "circles.sql")
	for _, versions := range [][2]int{{14, 15}, {15, 99}} {
		job.SourceMajor, job.ToolMajor = versions[0], versions[1]
		compared, err := r.CompareDefinitions(t.Context(), job, restore.Dump{}, progress.NewMeter(time.Now, "connect"))
		require.NoError(t, err)
		require.Zero(t, compared.Definitions)
		require.Len(t, compared.NotProven, 1)
	}
}
