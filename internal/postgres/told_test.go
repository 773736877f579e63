package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// Real errors of a server, each with the canary in its message, detail or
// context.
func TestNoValueOfTheDatabaseIsTold(t *testing.T) {
	t.Parallel()
	to := target(t, localenvtest.Postgres(t), localenvtest.Database(t))
	conn := connect(t, to)
	_, err := conn.Exec(t.Context(), `SET search_path = public;
		CREATE TABLE people (name text PRIMARY KEY, age int CONSTRAINT adult CHECK (age > 17), born date);
		CREATE TABLE pets (owner text CONSTRAINT owned REFERENCES people);
		INSERT INTO people VALUES ('Canary');
		CREATE FUNCTION tells(t text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no %', t USING ERRCODE = '42501'; END $$;
		CREATE FUNCTION casts(t text) RETURNS int LANGUAGE sql AS $$ SELECT t::int $$;
		CREATE FUNCTION runs(t text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SELECT ' || quote_literal(t) || ' FROM nowhere'; END $$;`)
	require.NoError(t, err)
	for sql, names := range map[string]string{
		"INSERT INTO people VALUES ('Canary')":                   "people_pkey",
		"INSERT INTO people VALUES ('x', 7), ('Canary', 3)":      "adult",
		"INSERT INTO pets VALUES ('Canary 2')":                   "owned",
		"INSERT INTO people (name, age) VALUES ('x', '1Canary')": "22P02",
		"INSERT INTO people (name, born) VALUES ('x', 'Canary')": "22007",
		"SELECT 'Canary'::json":                                  "22P02",
		"SELECT tells('Canary')":                                 "PL/pgSQL function tells(text) line 1 at RAISE",
		"SELECT casts('Canary')":                                 "22P02",
		"SELECT runs('Canary')":                                  "PL/pgSQL function runs(text) line 1 at EXECUTE",
		"SET work_mem = 'Canary'":                                "22023",
		"SELECT 1 FROM nowhere":                                  `relation "nowhere" does not exist`,
	} {
		_, err := conn.Exec(t.Context(), sql)
		var from *pgconn.PgError
		require.ErrorAs(t, err, &from, sql)
		for _, text := range []string{
			postgres.Told(from), postgres.Classify(err, to).Error(), postgres.Classify(fmt.Errorf("load: %w", err), to).Error(),
			postgres.Tell(fmt.Errorf("load: %w", err)).Error(),
		} {
			require.NotContains(t, text, "Canary", sql)
			require.Contains(t, text, names, sql)
		}
		require.ErrorAs(t, postgres.Classify(err, to), &from, "its state can still be read")
	}
	_, err = conn.PgConn().CopyFrom(t.Context(), strings.NewReader("x\tCanary\n"), "COPY people (name, age) FROM STDIN")
	require.ErrorContains(t, postgres.Classify(err, to), "[COPY people, line 1, column age]")
	require.NotContains(t, postgres.Classify(err, to).Error(), "Canary")
	require.Equal(t, failure.StatementRefused, failure.CodeOf(postgres.Classify(err, to)))
}
