package pgtools_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

// Details have what the text of an error does not tell, but no passwords.
func TestDetails(t *testing.T) {
	t.Parallel()
	answer := &pgconn.PgError{
		Severity: "ERROR", Code: "23514", Message: "row violates", Detail: "Failing row contains (Canary).",
		Hint: "see postgresql://u:c4n4ry@host/db", Where: "PL/pgSQL function f() line 1 at RAISE", InternalQuery: "ALTER ROLE a PASSWORD 'c4n4ry'",
	}
	classified := postgres.Classify(fmt.Errorf("do it: %w", answer), postgres.Target{Host: "db"})
	require.NotContains(t, classified.Error(), "Canary")
	details := pgtools.Details(errors.Join(errors.New("other"), fmt.Errorf("step: %w", classified)))
	require.Equal(t, "ERROR:  row violates (SQLSTATE 23514)\nDETAIL:  Failing row contains (Canary).\nHINT:  see postgresql://[redacted]@host/db\n"+
		"CONTEXT:  PL/pgSQL function f() line 1 at RAISE\nQUERY:  ALTER ROLE a PASSWORD '[redacted]'", details)
	require.Empty(t, pgtools.Details(nil))
	require.Empty(t, pgtools.Details(errors.New("ERROR:  no server's")))
}

// The details of pg_restore and of its statements.
func TestDetailsOfARestore(t *testing.T) {
	t.Parallel()
	archive := dumped(t, `CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
		IF EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND rolsuper) THEN RETURN 1; END IF;
		RAISE 'row Canary' USING DETAIL = 'more of Canary', HINT = 'password=c4n4ry'; END $$;
		CREATE MATERIALIZED VIEW v AS SELECT public.f() AS f`)
	log, err := restore(t, bytes.NewReader(archive), "")
	_, verdict := log.Verdict(err)
	for _, failed := range []error{err, verdict} {
		require.NotContains(t, failed.Error(), "Canary")
		require.Contains(t, pgtools.Details(failed), "row Canary")
		require.Contains(t, pgtools.Details(failed), "more of Canary")
		require.NotContains(t, pgtools.Details(failed), "c4n4ry")
	}
	require.Contains(t, pgtools.Details(verdict), `REFRESH MATERIALIZED VIEW "public"."v"`)
}
