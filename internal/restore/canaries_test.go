package restore_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// canaries are things outside a restored database: a role and a database of the
// same name, with a session in it, another role, a folder of files and a
// listener.
type canaries struct {
	role, idle, files string
	session           *pgx.Conn
	listener          int
	reached           *atomic.Int32
	// user is the role that restores, a member of owner.
	user, owner             string
	password, ownerPassword secret.String
	words                   *strings.Replacer
	before                  []string
}

// newCanaries also creates the role that restores, with the given attributes.
func newCanaries(t *testing.T, attributes string) *canaries {
	t.Helper()
	p := localenvtest.Postgres(t)
	c := &canaries{files: t.TempDir(), reached: &atomic.Int32{}}
	// The server has another user.
	require.NoError(t, os.Chmod(filepath.Dir(c.files), 0o755))
	require.NoError(t, os.Chmod(c.files, 0o777))
	c.role = localenvtest.Database(t)
	c.idle, _ = localenvtest.User(t)
	c.owner, c.ownerPassword = localenvtest.User(t)
	c.user, c.password = localenvtest.User(t)
	// The source knows the password of the canary.
	password := localenvtest.Unique()
	require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf(`CREATE ROLE %[1]s LOGIN PASSWORD '%[2]s'; ALTER DATABASE %[1]s OWNER TO %[1]s;
		ALTER ROLE %[3]s %[4]s; GRANT %[5]s TO %[3]s`, c.role, password, c.user, attributes, c.owner)))
	require.NoError(t, p.Exec(t.Context(), c.role, fmt.Sprintf("SET ROLE %s; CREATE TABLE t AS SELECT 1 AS n", c.role)))
	c.session = sessionAs(t, c.role, c.role, secret.New(password))
	c.listen(t)
	c.before = c.state(t)
	c.words = strings.NewReplacer("{canary}", c.role, "{idle}", c.idle, "{owner}", c.owner, "{user}", c.user, "{password}", password, "{files}", c.files,
		"{server}", fmt.Sprint(p.Port), "{listener}", fmt.Sprint(c.listener), "{session}", fmt.Sprint(c.session.PgConn().PID()))
	return c
}

// listen counts connections.
func (c *canaries) listen(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	t.Cleanup(func() { _ = l.Close(); <-done })
	c.listener = l.Addr().(*net.TCPAddr).Port
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.reached.Add(1)
			_ = conn.Close()
		}
	}()
}

// hostile creates the source database.
func (c *canaries) hostile(t *testing.T) (database string) {
	t.Helper()
	database = localenvtest.Database(t)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), "postgres", fmt.Sprintf("ALTER DATABASE %s OWNER TO %s", database, c.owner)))
	c.run(t, database, "hostile.sql")
	return database
}

func (c *canaries) run(t *testing.T, database, file string) {
	t.Helper()
	sql, err := os.ReadFile(filepath.Join("testdata", file))
	require.NoError(t, err)
	text := strings.ReplaceAll(c.words.Replace(string(sql)), "{source}", database)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), database, text))
}

// target returns a restore into a database that the role makes, which is
// dropped after the test.
func (c *canaries) target(t *testing.T) (restore.Restorer, restore.Job) {
	t.Helper()
	p := localenvtest.Postgres(t)
	r, job := target(t)
	r.Source = signintest.Given{Secret: p.URI("postgres", c.user, c.password)}
	job.Unpublished += "_new"
	job.Facts.Owner, job.Facts.ACLIsDefault, job.Facts.ConnectionLimit = c.owner, true, -1
	t.Cleanup(func() {
		for _, name := range []string{job.Unpublished, job.Account.Database} {
			require.NoError(t, p.Exec(context.Background(), "postgres", "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"))
		}
	})
	return r, job
}

// sessionAs returns a session of a role, which ends with the test.
func sessionAs(t *testing.T, database, role string, password secret.String) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), localenvtest.Postgres(t).URI(database, role, password).Reveal())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// inside runs f in a session of the superuser.
func inside(t *testing.T, database string, f func(*pgx.Conn)) {
	t.Helper()
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), database)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	f(conn)
}

// texts returns the texts that a query returns.
func texts(t *testing.T, database, query string, args ...any) (all []string) {
	t.Helper()
	inside(t, database, func(conn *pgx.Conn) {
		rows, err := conn.Query(t.Context(), query, append([]any{pgx.QueryExecModeExec}, args...)...)
		require.NoError(t, err)
		all, err = pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
	})
	return all
}

// acted returns the places of a hostile database that acted.
func acted(t *testing.T, database string) []string {
	t.Helper()
	return texts(t, database, "SELECT DISTINCT place FROM evil.log WHERE statement IS NOT NULL")
}

// allowed returns the attempts of a hostile database that were not refused.
func allowed(t *testing.T, database string) []string {
	t.Helper()
	return texts(t, database, "SELECT DISTINCT statement FROM evil.log WHERE allowed")
}

// state returns what the server's catalogs and the canary database hold of the
// canaries and of the role that restores.
func (c *canaries) state(t *testing.T) []string {
	t.Helper()
	return append(texts(t, "postgres", `SELECT jsonb_build_array(
		(SELECT jsonb_agg(a ORDER BY rolname) FROM pg_authid a WHERE starts_with(rolname, $1) OR starts_with(rolname, $2) OR rolname = $3),
		(SELECT jsonb_agg(m ORDER BY roleid, member) FROM pg_auth_members m WHERE pg_get_userbyid(roleid) IN ($1, $2) OR pg_get_userbyid(member) IN ($1, $2, $3)),
		(SELECT jsonb_agg(s) FROM pg_db_role_setting s WHERE pg_get_userbyid(setrole) IN ($1, $2, $3) OR setdatabase = d.oid),
		(SELECT jsonb_agg(c ORDER BY c) FROM pg_shdescription c WHERE objoid = d.oid OR pg_get_userbyid(objoid) IN ($1, $2, $3)),
		to_jsonb(d) - 'datfrozenxid' - 'datminmxid')::text FROM pg_database d WHERE datname = $1`, c.role, c.idle, c.user),
		texts(t, c.role, "SELECT n || ' ' || (SELECT relowner::regrole FROM pg_class WHERE relname = 't') FROM t")...)
}

// made returns the names of the files in the canary folder.
func (c *canaries) made(t *testing.T) (names []string) {
	t.Helper()
	found, err := os.ReadDir(c.files)
	require.NoError(t, err)
	for _, f := range found {
		names = append(names, f.Name())
	}
	return names
}

func (c *canaries) clearFiles(t *testing.T) {
	t.Helper()
	for _, name := range c.made(t) {
		require.NoError(t, os.Remove(filepath.Join(c.files, name)))
	}
}

func (c *canaries) requireUntouched(t *testing.T) {
	t.Helper()
	require.Equal(t, c.before, c.state(t))
	require.Empty(t, c.made(t))
	require.Zero(t, c.reached.Load())
	require.Equal(t, []string{c.role}, texts(t, "postgres", "SELECT usename FROM pg_stat_activity WHERE pid = $1", c.session.PgConn().PID()), "the session goes on")
}
