package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// A SQL_ASCII database has texts of any encoding, and gets the same bytes back
// through JSON.
func TestBytesThatAreNoTextGoRound(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	admin := connect(t, target(t, p, "postgres"))
	source, copied := localenvtest.Unique(), localenvtest.Unique()
	role := localenvtest.Unique()
	for _, name := range []string{source, copied} {
		run(t, admin, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'")
	}
	inSource := connect(t, target(t, p, source))
	run(t, inSource, fmt.Sprintf(`DO $$ BEGIN
		EXECUTE 'COMMENT ON DATABASE %[1]s IS ' || quote_literal(E'caf\351 d \364\217\271\201');
		EXECUTE 'ALTER DATABASE %[1]s SET app.motto = ' || quote_literal(E'\344\366\374 \\ ''');
		EXECUTE 'CREATE ROLE ' || quote_ident(E'%[2]s\351');
		EXECUTE 'ALTER DATABASE %[1]s OWNER TO ' || quote_ident(E'%[2]s\351');
		EXECUTE 'GRANT CONNECT ON DATABASE %[1]s TO ' || quote_ident(E'%[2]s\351') || ' WITH GRANT OPTION';
	END $$`, source, role))
	t.Cleanup(func() {
		for _, sql := range []string{"DROP DATABASE " + copied, fmt.Sprintf(`DO $$ BEGIN EXECUTE 'ALTER DATABASE %s OWNER TO postgres'; EXECUTE 'DROP OWNED BY ' || quote_ident(E'%s\351'); EXECUTE 'DROP ROLE ' || quote_ident(E'%s\351'); END $$`, source, role, role)} {
			conn, err := p.Connect(context.Background(), source)
			require.NoError(t, err)
			_, err = conn.Exec(context.Background(), sql)
			require.NoError(t, err)
			require.NoError(t, conn.Close(context.Background()))
		}
		require.NoError(t, postgres.DropDatabase(context.Background(), admin, source))
	})
	facts, err := postgres.ReadDatabase(t.Context(), inSource)
	require.NoError(t, err)
	encoded, err := json.Marshal(facts)
	require.NoError(t, err)
	var kept postgres.DatabaseFacts
	require.NoError(t, json.Unmarshal(encoded, &kept))
	require.Equal(t, facts, kept)

	skipped, err := postgres.ApplyDatabaseFacts(t.Context(), admin, copied, kept, postgres.ApplyOptions{Owner: true, ACL: true})
	require.NoError(t, err)
	require.Empty(t, skipped)
	want, have := texts(t, source), texts(t, copied)
	require.Equal(t, want, have)
	require.Contains(t, want, "636166e920642") // "café d" in LATIN1
}

// texts returns the bytes of a database's own texts.
func texts(t *testing.T, database string) (bytes string) {
	t.Helper()
	conn := connect(t, target(t, localenvtest.Postgres(t), database))
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT concat_ws(' ', encode(textsend(shobj_description(d.oid, 'pg_database')), 'hex'), encode(textsend(s.setconfig::text), 'hex'),
		encode(textsend(pg_get_userbyid(d.datdba)::text), 'hex'), (SELECT string_agg(encode(textsend(a::text), 'hex'), ' ' ORDER BY a::text COLLATE "C") FROM unnest(d.datacl) a))
		FROM pg_database d JOIN pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 0 WHERE datname = current_database()`).Scan(&bytes))
	return bytes
}
