package restore_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// actsAt are the places of hostile.sql whose functions run in every restore of
// the table.
var actsAt = []string{"check", "domain", "generated column", "security definer", "operator", "cast"}

// The restore role is the one of docs/AZURE.md, and a member of the role that
// owns the database's objects.
func TestAHostileDatabaseActsOnlyWithinItself(t *testing.T) {
	t.Parallel()
	c := newCanaries(t, "CREATEDB")
	dump, _ := stored(t, dumpFile(t, c.hostile(t), true))
	later := []string{"index", "predicate", "exclusion", "aggregate", "materialized view"}
	for name, way := range map[string]struct {
		change func(*restore.Job)
		acts   []string
	}{
		"whole":          {func(j *restore.Job) {}, append(later, "partition key")},
		"without owners": {func(j *restore.Job) { j.Owners, j.Grants = false, false }, append(later, "partition key")},
		"one connection": {func(j *restore.Job) { j.Connections = 1 }, append(later, "partition key")},
		"one table":      {func(j *restore.Job) { j.Wanted.Tables = []string{"evil.t", "evil.log"} }, []string{"index", "predicate"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, job := c.target(t)
			way.change(&job)
			publish(t, r, job, dump)
			require.Subset(t, acted(t, job.Account.Database), append(way.acts, actsAt...))
			require.Empty(t, allowed(t, job.Account.Database))
			c.requireUntouched(t)
		})
	}
}

// The triggers of the tables do not fire, and checks run.
func TestHostileRowsActOnlyWithinTheDatabase(t *testing.T) {
	t.Parallel()
	c := newCanaries(t, "CREATEDB")
	dump, _ := stored(t, dumpFile(t, c.hostile(t), true))
	r, job := c.target(t)
	job.Wanted.Content = selection.SchemaOnly
	publish(t, r, job, dump)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), job.Account.Database, "TRUNCATE evil.log"))

	job.Wanted = selection.Request{Content: selection.DataOnly, Tables: []string{"evil.t"}}
	_, err := loadRows(t, r, job, dump)
	require.NoError(t, err)
	places := acted(t, job.Account.Database)
	require.Subset(t, places, append([]string{"index", "predicate", "exclusion"}, actsAt...))
	require.NotContains(t, places, "trigger")
	require.Empty(t, allowed(t, job.Account.Database))
	c.requireUntouched(t)
}

// A restore cannot create what only a superuser may create. It says so, and its
// database is dropped.
func TestWhatOnlyASuperuserMayRestoreIsRefused(t *testing.T) {
	t.Parallel()
	c := newCanaries(t, "CREATEDB")
	from := c.hostile(t)
	c.run(t, from, "hostile_superuser.sql")
	dump, _ := stored(t, dumpFile(t, from, true))
	c.clearFiles(t)
	for _, keep := range []bool{false, true} {
		r, job := c.target(t)
		job.KeepFailed = keep
		// The processes of a parallel pg_restore may write into each other's lines.
		job.Connections = 1
		loaded, _, err := load(t, r, job, dump)
		require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), "%v", err)
		require.ErrorContains(t, err, `permission denied to create extension "file_fdw"`)
		if keep {
			places := acted(t, job.Unpublished)
			require.Subset(t, places, actsAt)
			require.NotContains(t, places, "event trigger")
			require.NotContains(t, places, "operator class")
			require.Empty(t, allowed(t, job.Unpublished))
		}
		require.NoError(t, r.Discard(t.Context(), job, loaded.OID))
		require.ErrorContains(t, localenvtest.Postgres(t).Exec(t.Context(), job.Unpublished, "SELECT 1"), "does not exist")
		c.requireUntouched(t)
	}
}

// The same dump restored by a superuser: every attempt succeeds.
func TestLimit_ASuperusersRestoreActsOutside(t *testing.T) {
	t.Parallel()
	c := newCanaries(t, "SUPERUSER")
	dump, _ := stored(t, dumpFile(t, c.hostile(t), true))
	r, job := c.target(t)
	job.Connections = 1
	_, _, err := load(t, r, job, dump)
	require.NoError(t, err)
	require.ElementsMatch(t, texts(t, job.Unpublished, "SELECT unnest(evil.attempts())"), allowed(t, job.Unpublished))
	require.Positive(t, c.reached.Load())
	require.Equal(t, []string{"copy", "export", "program"}, c.made(t))
	require.NotEqual(t, c.before, c.state(t))
}

// A superuser's restore runs the program, and the function of the operator
// class. The view that connects to the host fails, since nobody answers there.
func TestLimit_ASuperusersRestoreMakesWhatActs(t *testing.T) {
	t.Parallel()
	c := newCanaries(t, "SUPERUSER")
	from := c.hostile(t)
	c.run(t, from, "hostile_superuser.sql")
	dump, _ := stored(t, dumpFile(t, from, true))
	c.clearFiles(t)
	r, job := c.target(t)
	job.Connections, job.KeepFailed = 1, true
	_, _, err := load(t, r, job, dump)
	require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, `REFRESH MATERIALIZED VIEW "evil"."linked"`)
	require.Contains(t, acted(t, job.Unpublished), "operator class")
	require.Contains(t, c.made(t), "foreign")
}

// With CREATEROLE, a server before version 16 lets a role change every role
// that is no superuser, and make itself a member of those that run programs.
func TestLimit_CreateRoleBefore16IsAlmostASuperuser(t *testing.T) {
	t.Parallel()
	c := newCanaries(t, "CREATEDB CREATEROLE")
	dump, _ := stored(t, dumpFile(t, c.hostile(t), true))
	r, job := c.target(t)
	job.Connections = 1
	_, _, err := load(t, r, job, dump)
	require.NoError(t, err)
	require.Subset(t, allowed(t, job.Unpublished), []string{
		"ALTER ROLE " + c.role + " PASSWORD 'another'", "GRANT pg_execute_server_program TO " + c.user,
	})
	require.Equal(t, []string{"program"}, c.made(t))
	require.Positive(t, c.reached.Load())
}

// What remains possible is in docs/SECURITY_MODEL.md.
func TestLimit_WhatAHostileDatabaseMayDo(t *testing.T) {
	t.Parallel()
	c := newCanaries(t, "CREATEDB")
	p, from := localenvtest.Postgres(t), localenvtest.Database(t)
	others, own := localenvtest.Database(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf("ALTER DATABASE %s OWNER TO %s; ALTER DATABASE %s OWNER TO %s", others, c.owner, own, c.user)))
	session := sessionAs(t, others, c.owner, c.ownerPassword)
	possible := []string{
		"ALTER ROLE " + c.user + " PASSWORD 'another'",
		"ALTER ROLE " + c.user + " SET work_mem = '7MB'",
		"ALTER DATABASE " + others + " SET work_mem = '7MB'",
		"ALTER DATABASE " + own + " CONNECTION LIMIT 0",
		fmt.Sprintf("SELECT pg_terminate_backend(%d)", session.PgConn().PID()),
		"SELECT pg_advisory_lock(1)",
		"NOTIFY canary",
		"SELECT usename, datname FROM pg_stat_activity",
		"SELECT rolname FROM pg_roles",
		"SELECT setconfig FROM pg_db_role_setting",
	}
	require.NoError(t, p.Exec(t.Context(), from, fmt.Sprintf(`CREATE TABLE done (i int GENERATED ALWAYS AS IDENTITY, statement text);
		CREATE FUNCTION act() RETURNS bool LANGUAGE plpgsql AS $act$ DECLARE s text; BEGIN
			IF current_database() = '%s' THEN RETURN true; END IF;
			FOREACH s IN ARRAY ARRAY[$$%s$$] LOOP
				EXECUTE s;
				INSERT INTO public.done (statement) VALUES (s);
			END LOOP; RETURN true; END $act$;
		CREATE TABLE t (n int CHECK (public.act())); INSERT INTO t VALUES (1)`, from, strings.Join(possible, "$$, $$"))))
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := c.target(t)
	job.Connections, job.Owners = 1, false
	_, _, err := load(t, r, job, dump)
	require.Equal(t, failure.DBUserAuthFailed, failure.CodeOf(err), "the password is another: %v", err)
	require.Equal(t, possible, texts(t, job.Unpublished, "SELECT statement FROM done ORDER BY i"))
	require.Error(t, session.Ping(t.Context()))
}
