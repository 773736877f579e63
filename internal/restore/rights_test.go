package restore_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// lackingJob returns a job of a role that may create databases, for a dump of the
// objects that sql creates.
func lackingJob(t *testing.T, sql string) (restore.Restorer, restore.Job, restore.Dump) {
	t.Helper()
	p, from := localenvtest.Postgres(t), localenvtest.Database(t)
	user, password := localenvtest.User(t)
	require.NoError(t, p.Exec(t.Context(), "postgres", "ALTER ROLE "+user+" CREATEDB"))
	require.NoError(t, p.Exec(t.Context(), from, sql))
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := target(t)
	r.Source = signintest.Given{Secret: p.URI("postgres", user, password)}
	return r, job, dump
}

// A dump is a stranger's: whoever makes one could have an administrator give away
// the rights of a superuser.
func TestNobodyJoinsASuperuser(t *testing.T) {
	t.Parallel()
	superuser := localenvtest.Postgres(t).Superuser
	r, job, dump := lackingJob(t, "CREATE TABLE t (i int)")
	_, err := r.CheckTarget(t.Context(), job, dump)
	require.Equal(t, failure.MissingRestorePermissions, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, fmt.Sprintf(`it may not act for role %q, which owns table public.t, and is a superuser`, superuser))
	require.ErrorContains(t, err, "--owners omit --grants omit")
	require.NotContains(t, err.Error(), "GRANT ")
	require.Equal(t, "1", query(t, "SELECT count(*)::text FROM pg_database WHERE datname = $1", job.Unpublished), "it is untouched")

	job.Owners, job.Grants = false, false
	_, err = r.CheckTarget(t.Context(), job, dump)
	require.NoError(t, err)
}

// What a role lacks does not stop a job that keeps partial results.
func TestAPartialRestoreNeedsNoOwner(t *testing.T) {
	t.Parallel()
	r, job, dump := lackingJob(t, "CREATE TABLE t (i int)")
	job.KeepFailed = true
	_, err := r.CheckTarget(t.Context(), job, dump)
	require.NoError(t, err)
}

func TestARoleThatDoesNotExist(t *testing.T) {
	t.Parallel()
	owner, reader := newRole(t), newRole(t)
	r, job, dump := lackingJob(t, fmt.Sprintf("CREATE ROLE %[1]s; CREATE ROLE %[2]s; CREATE SCHEMA s; CREATE TABLE s.t (i int); GRANT SELECT ON s.t TO %[2]s; ALTER TABLE s.t OWNER TO %[1]s", owner, reader))
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), databaseOf(t, owner), fmt.Sprintf("DROP OWNED BY %[1]s, %[2]s; DROP ROLE %[1]s, %[2]s", owner, reader)))
	_, err := r.CheckTarget(t.Context(), job, dump)
	require.Equal(t, failure.MissingRestorePermissions, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, fmt.Sprintf(`it finds no role %q, which owns table s.t in the dump`, owner))
	require.ErrorContains(t, err, fmt.Sprintf(`it finds no role %q, which has grants in the dump: table s."t"`, reader))
	require.ErrorContains(t, err, fmt.Sprintf("CREATE ROLE %q;\n  GRANT %[1]q TO ", owner))
	require.ErrorContains(t, err, "let the restore create the recorded roles: --roles")
}

// databaseOf returns the database that has an object of a role.
func databaseOf(t *testing.T, role string) string {
	t.Helper()
	return query(t, "SELECT datname::text FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid WHERE refobjid = to_regrole($1)::oid LIMIT 1", role)
}
