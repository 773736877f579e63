package postgres_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// An error that cannot change is not retried.
func TestWhatIsTriedAgain(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"0A000", "21000", "22012", "22021", "22P02", "22P05", "23505", "23514", "2BP01", "2F005", "38000", "39P01", "3F000", "42601", "42883", "42P01", "44000", "54001", "P0001", "P0004"} {
		err := postgres.Classify(fmt.Errorf("do it: %w", &pgconn.PgError{Code: state, Message: "no"}), postgres.Target{Host: "db", Database: "d"})
		require.False(t, failure.CodeOf(err).Retryable(), "%s: %v", state, err)
	}
	for _, answer := range []pgconn.PgError{
		{Code: "08006", Severity: "FATAL"}, {Code: "40001"}, {Code: "40P01"}, {Code: "42P05"}, {Code: "53100"}, {Code: "53200"}, {Code: "53300", Severity: "FATAL"}, {Code: "55000"}, {Code: "55006"}, {Code: "55P03"},
		{Code: "57014"}, {Code: "57P01", Severity: "FATAL"}, {Code: "58030"}, {Code: "XX000"}, {Code: "0A000", Routine: "RevalidateCachedQuery"},
	} {
		err := postgres.Classify(&answer, postgres.Target{Host: "db", Database: "d"})
		require.True(t, failure.CodeOf(err).Retryable(), "%s: %v", answer.Code, err)
	}
}

// The failure is permanent and names the function. Its message may hold rows.
func TestAStatementThatUsersCodeRefuses(t *testing.T) {
	t.Parallel()
	conn := connect(t, target(t, localenvtest.Postgres(t), localenvtest.Database(t)))
	_, err := conn.Exec(t.Context(), "DO $$ BEGIN RAISE EXCEPTION 'not on a Friday'; END $$")
	err = postgres.Classify(err, target(t, localenvtest.Postgres(t), "d"))
	require.Equal(t, failure.StatementRefused, failure.CodeOf(err))
	require.ErrorContains(t, err, "PL/pgSQL function inline_code_block line 1 at RAISE")
	require.NotContains(t, err.Error(), "not on a Friday")
}

// Functions raise errors with any SQLSTATE. Only the server ends sessions, or a
// login trigger, whose errors are FATAL and come from the source of its language.
func TestAFunctionsErrorIsNoLostConnection(t *testing.T) {
	t.Parallel()
	conn := connect(t, target(t, localenvtest.Postgres(t), localenvtest.Database(t)))
	for _, state := range []string{"08006", "08001", "57P01", "57P03", "53300", "28P01", "28000"} {
		_, raised := conn.Exec(t.Context(), fmt.Sprintf("DO $$ BEGIN RAISE 'row 1' USING ERRCODE = '%s', DETAIL = 'row 2', HINT = 'row 3'; END $$", state))
		err := postgres.Classify(raised, target(t, localenvtest.Postgres(t), "d"))
		require.Equal(t, failure.Internal, failure.CodeOf(err), "%s: %v", state, err)
		require.NotContains(t, err.Error(), "row")
		var answer *pgconn.PgError
		require.ErrorAs(t, raised, &answer)
		refusal, refused := postgres.StatementRefusal(fmt.Errorf("wrapped: %w", raised))
		require.True(t, refused)
		require.Equal(t, state, refusal.Code)
		login := *answer
		login.Severity, login.SeverityUnlocalized = "FATAL", "FATAL"
		require.False(t, postgres.EndsSession(&login), "a login trigger's")
		login.File = "auth.c"
		require.True(t, postgres.EndsSession(&login), "the server's")
	}
}

// TestASessionThatIsEndedWithinAFunction: the context names the function, and the
// session is lost nevertheless.
func TestASessionThatIsEndedWithinAFunction(t *testing.T) {
	t.Parallel()
	conn := connect(t, target(t, localenvtest.Postgres(t), localenvtest.Database(t)))
	_, err := conn.Exec(t.Context(), "DO $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60); END $$")
	var answer *pgconn.PgError
	require.ErrorAs(t, err, &answer)
	require.Contains(t, answer.Where, "PL/pgSQL function")
	require.True(t, postgres.EndsSession(answer))
	_, refused := postgres.StatementRefusal(err)
	require.False(t, refused)
	require.Equal(t, failure.ServerConnectionClosed, failure.CodeOf(postgres.Classify(err, target(t, localenvtest.Postgres(t), "d"))))
}
