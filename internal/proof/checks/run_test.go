package checks_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/checks"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestOutcomes(t *testing.T) {
	t.Parallel()
	r, a := ofOwner(t, `CREATE SCHEMA shop; CREATE TABLE shop.orders (created_at timestamptz);
		INSERT INTO shop.orders VALUES ('2026-11-01T06:30:00.123456Z');
		CREATE DOMAIN shop.truth AS boolean;
		CREATE FUNCTION shop.raise() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE '`+canary+`' USING ERRCODE = 'AB123', DETAIL = '`+canary+`'; END$$`)
	noBoolean := "the statement's result is not one boolean column"
	for sql, want := range map[string]proof.Check{
		"SELECT true":       {Outcome: proof.CheckPassed},
		"SELECT true;":      {Outcome: proof.CheckPassed},
		"SELECT false":      {Outcome: proof.CheckFailed},
		"SELECT NULL::bool": {Outcome: proof.CheckFailed},
		"SELECT max(created_at) = $1 FROM shop.orders":                  {Outcome: proof.CheckPassed},
		"SELECT $1 = '2026-11-01 06:30:00.123456+00'":                   {Outcome: proof.CheckPassed},
		"SELECT $1::date = '2026-11-01' AND $1 < now()":                 {Outcome: proof.CheckPassed},
		"SELECT true::shop.truth":                                       {Outcome: proof.CheckPassed},
		"VALUES (true)":                                                 {Outcome: proof.CheckPassed},
		"SELECT true FROM shop.orders WHERE false":                      {Outcome: proof.CheckError, Reason: "the statement returned no row"},
		"SELECT true FROM generate_series(1, 2)":                        {Outcome: proof.CheckError, Reason: "the statement returned more than one row"},
		"SELECT true FROM (SELECT generate_series(1, 1e12::int8)) many": {Outcome: proof.CheckError, Reason: "the statement returned more than one row"},
		"SELECT true, true":                                             {Outcome: proof.CheckError, Reason: noBoolean},
		"SELECT 't'":                                                    {Outcome: proof.CheckError, Reason: noBoolean},
		"SELECT repeat('x', 1 << 29)":                                   {Outcome: proof.CheckError, Reason: noBoolean},
		"SELECT true AND $2":                                            {Outcome: proof.CheckError, Reason: "the statement has more parameters than $1"},
		"SELECT":                                                        {Outcome: proof.CheckError, Reason: noBoolean},
		";":                                                             {Outcome: proof.CheckError, Reason: noBoolean},
		"COMMIT":                                                        {Outcome: proof.CheckError, Reason: noBoolean},
		"DROP TABLE shop.orders":                                        {Outcome: proof.CheckError, Reason: noBoolean},
		"LISTEN shop":                                                   {Outcome: proof.CheckError, Reason: noBoolean},
		"COPY shop.orders TO PROGRAM 'true'":                            {Outcome: proof.CheckError, Reason: noBoolean},
		"SELECT true; SELECT true":                                      {Outcome: proof.CheckError, SQLState: "42601"},
		"SELECT true; COMMIT":                                           {Outcome: proof.CheckError, SQLState: "42601"},
		"SELECT count(*) > 0 FROM orders":                               {Outcome: proof.CheckError, SQLState: "42P01"},
		"SELECT '" + canary + "'::int > 0":                              {Outcome: proof.CheckError, SQLState: "22P02"},
		"SELECT shop.raise()":                                           {Outcome: proof.CheckError, SQLState: "AB123"},
		"SELECT 1 / (random() * 0)::int > 0":                            {Outcome: proof.CheckError, SQLState: "22012"},
		"INSERT INTO shop.orders VALUES (now()) RETURNING true":         {Outcome: proof.CheckError, SQLState: "25006"},
		"SELECT nextval('shop.s') > 0":                                  {Outcome: proof.CheckError, SQLState: "42P01"},
	} {
		want.Name = "check"
		require.Equal(t, []proof.Check{want}, run(t, r, a, time.Minute, sql), sql)
	}
	require.Equal(t, 1, query[int](t, a.Database, "SELECT count(*) FROM shop.orders"))
}

func TestACheckWritesNothing(t *testing.T) {
	t.Parallel()
	const body = `RETURNS boolean LANGUAGE plpgsql AS $$BEGIN `
	r, a := ofOwner(t, `CREATE TABLE public.t (i int); CREATE SEQUENCE public.s;
		CREATE FUNCTION public.write() `+body+`INSERT INTO public.t VALUES (1); RETURN true; END$$;
		CREATE FUNCTION public.read_write() `+body+`SET TRANSACTION READ WRITE; INSERT INTO public.t VALUES (1); RETURN true; END$$;
		CREATE FUNCTION public.setting() `+body+`PERFORM set_config('transaction_read_only', 'off', false); INSERT INTO public.t VALUES (1); RETURN true; END$$;
		CREATE PROCEDURE public.commit(INOUT done boolean) LANGUAGE plpgsql AS $$BEGIN COMMIT; INSERT INTO public.t VALUES (1); END$$`)
	for sql, state := range map[string]string{
		"SELECT public.write()":                    "25006",
		"SELECT public.read_write()":               "25001",
		"SELECT public.setting()":                  "25001",
		"CALL public.commit(true)":                 "2D000",
		"SELECT nextval('public.s') > 0":           "25006",
		"SELECT setval('public.s', 7) > 0":         "25006",
		"SELECT true FROM public.t FOR UPDATE":     "25006",
		"UPDATE public.t SET i = 1 RETURNING true": "25006",
	} {
		require.Equal(t, []proof.Check{{Name: "check", Outcome: proof.CheckError, SQLState: state}}, run(t, r, a, time.Minute, sql), sql)
	}
	// Before PostgreSQL 16, a read-only transaction may create one, which ends with it.
	run(t, r, a, time.Minute, "SELECT lo_create(4711) = 4711")
	require.Zero(t, query[int](t, a.Database, "SELECT (SELECT count(*) FROM public.t) + (SELECT count(*) FROM pg_largeobject_metadata)"))
}

func TestACheckLeavesNothingForTheNext(t *testing.T) {
	t.Parallel()
	r, a := ofOwner(t, `CREATE FUNCTION public.leave() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN
			PERFORM set_config('search_path', 'public', false), set_config('my.own', 'kept', false), pg_advisory_lock(4711);
			EXECUTE 'LISTEN shop';
			EXECUTE 'PREPARE kept AS SELECT 1';
			RETURN true; END$$;
		CREATE FUNCTION public.temporary() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN
			EXECUTE 'CREATE TEMPORARY TABLE kept (i int)'; RETURN true; END$$`)
	results := run(t, r, a, time.Minute,
		"SELECT public.leave()", "SELECT public.temporary()",
		`SELECT current_setting('search_path') = 'pg_catalog, pg_temp' AND coalesce(current_setting('my.own', true), '') = ''
			AND NOT EXISTS (SELECT FROM pg_listening_channels()) AND NOT EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'kept')
			AND NOT EXISTS (SELECT FROM pg_class WHERE relname = 'kept') AND pg_try_advisory_xact_lock(4711)`)
	require.Equal(t, proof.CheckPassed, results[0].Outcome)
	require.Equal(t, proof.CheckError, results[1].Outcome)
	require.Equal(t, proof.Check{Name: "check", Outcome: proof.CheckPassed}, results[2])
	require.Zero(t, query[int](t, "postgres", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711"))
}

// sessions is the number of sessions in a database other than the one that asks.
const sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"

func TestACheckThatRunsForEver(t *testing.T) {
	t.Parallel()
	r, a := ofOwner(t, `CREATE FUNCTION public.for_ever() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN LOOP PERFORM 1; END LOOP; END$$;
		CREATE FUNCTION public.longer() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN SET statement_timeout = 0; PERFORM pg_sleep(3600); RETURN true; END$$`)
	require.Equal(t, []proof.Check{
		{Name: "check", Outcome: proof.CheckError, SQLState: "57014"},
		{Name: "check", Outcome: proof.CheckError, SQLState: "57014"},
		{Name: "check", Outcome: proof.CheckError, SQLState: "57014"},
		{Name: "check", Outcome: proof.CheckPassed},
	}, run(t, r, a, time.Second, "SELECT public.for_ever()", "SELECT public.longer()", "SELECT pg_sleep(3600) IS NULL", "SELECT true"))
	require.Zero(t, query[int](t, "postgres", sessions, a.Database))
}

// The function catches its cancellation, by the server and by the client.
func TestACheckThatIgnoresItsEnd(t *testing.T) {
	t.Parallel()
	r, a := ofOwner(t, `CREATE FUNCTION public.stay() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN
		LOOP BEGIN PERFORM pg_sleep(3600); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END$$`)
	require.Equal(t, []proof.Check{
		{Name: "check", Outcome: proof.CheckError, Reason: "it ran for longer than 1s and ignored that the server cancelled it"},
		{Name: "check", Outcome: proof.CheckPassed},
	}, run(t, r, a, time.Second, "SELECT public.stay()", "SELECT true"))
	require.Zero(t, query[int](t, "postgres", sessions, a.Database))
}

func TestACheckThatEndsItsSession(t *testing.T) {
	t.Parallel()
	r, a := ofOwner(t, "")
	require.Equal(t, []proof.Check{
		{Name: "check", Outcome: proof.CheckError, Reason: "its session ended before its answer, in each of 3 attempts"},
		{Name: "check", Outcome: proof.CheckPassed},
	}, run(t, r, a, time.Minute, "SELECT pg_terminate_backend(pg_backend_pid())", "SELECT true"))
}

func TestALongErrorOrNoticeIsNotKept(t *testing.T) {
	t.Parallel()
	r, a := ofOwner(t, `CREATE FUNCTION public.raise() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN
			RAISE '%', repeat('x', 200 << 20); END$$;
		CREATE FUNCTION public.flood() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN
			SET client_min_messages = debug;
			FOR i IN 1..300 LOOP RAISE NOTICE '%', repeat('x', 1000000); END LOOP; RETURN true; END$$;
		CREATE FUNCTION public.setting() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN
			PERFORM set_config('search_path', repeat('x', 200 << 20), false); RETURN true; END$$`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	results := run(t, r, a, time.Minute, "SELECT public.raise()", "SELECT public.flood()", "SELECT public.setting()")
	runtime.ReadMemStats(&after)
	require.Equal(t, proof.Check{Name: "check", Outcome: proof.CheckError, Reason: "the server's answer has more than 1048576 bytes"}, results[0])
	require.Equal(t, proof.CheckPassed, results[1].Outcome)
	require.NotEmpty(t, results[2].Outcome)
	require.Less(t, after.HeapSys-min(before.HeapSys, after.HeapSys), uint64(100<<20))
}

func TestACheckReachesNoOtherServerWithoutAPassword(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	r, a := ofOwner(t, "")
	require.NoError(t, p.Exec(t.Context(), a.Database, "CREATE EXTENSION dblink SCHEMA public"))
	sql := fmt.Sprintf(`SELECT public.dblink_connect('host=%s port=%d dbname=postgres sslmode=require') = 'OK'`, p.Host, p.Port)
	require.Equal(t, []proof.Check{{Name: "check", Outcome: proof.CheckError, SQLState: "2F003"}}, run(t, r, a, time.Minute, sql))
}

// Nothing that shadows names of pg_catalog is called.
func TestNamesOfAStrangerAreNotUsed(t *testing.T) {
	t.Parallel()
	r, a := ofSuperuser(t, "CREATE TABLE public.orders (i int)")
	localenvtest.Shadow(t, a.Database)
	require.Equal(t, proof.CheckFailed, run(t, r, a, time.Minute, "SELECT count(*) > 0 FROM public.orders")[0].Outcome)
	_, err := r.AMCheck(t.Context(), a, checks.Bounds{Connections: 1, Within: time.Hour}, meter())
	require.NoError(t, err)
	require.False(t, localenvtest.ShadowUsed(t, a.Database))
}

func TestErrorsOfTheConnectionAreErrors(t *testing.T) {
	t.Parallel()
	r, a := ofOwner(t, "")
	file := checks.File{Checks: []checks.Check{{Name: "check", SQL: "SELECT pg_sleep(3600) IS NULL", Timeout: time.Hour}}}

	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("the worker ends")
	done := make(chan error, 1)
	go func() {
		_, err := r.Run(ctx, a, file, pointTime, meter())
		done <- err
	}()
	const sleeping = "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = $1 AND wait_event = 'PgSleep'"
	require.Eventually(t, func() bool { return query[bool](t, "postgres", sleeping, a.Database) }, time.Minute, 20*time.Millisecond)
	cancel(cause)
	require.ErrorIs(t, <-done, cause)
	require.Eventually(t, func() bool { return query[int](t, "postgres", sessions, a.Database) == 0 }, time.Minute, 20*time.Millisecond)

	elsewhere := a
	elsewhere.Database = "none"
	_, err := r.Run(t.Context(), elsewhere, file, pointTime, meter())
	require.Equal(t, failure.DBNotFound, failure.CodeOf(err))

	r.Source = signintest.Given{Secret: localenvtest.Postgres(t).URI("postgres", "nobody", secret.New("wrong"))}
	_, err = r.AMCheck(t.Context(), a, checks.Bounds{Connections: 1, Within: time.Hour}, meter())
	require.Equal(t, failure.DBUserAuthFailed, failure.CodeOf(err))
	require.False(t, strings.Contains(err.Error(), "wrong"))
}
