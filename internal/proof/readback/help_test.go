package readback_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
	"github.com/pgvault/pgvault/internal/proof/readback"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestMain(m *testing.M) {
	localenvtest.Extensions(map[string]string{
		"pgvaultread.control": "comment = 'a configuration table with rows of its own'\ndefault_version = '1.0'\nrelocatable = true\n",
		"pgvaultread--1.0.sql": `CREATE TABLE conf (name text PRIMARY KEY, own boolean DEFAULT true);
INSERT INTO conf VALUES ('builtin', false);
CREATE TABLE inner_rows AS SELECT 1 AS i;
SELECT pg_extension_config_dump('conf', 'WHERE own');`,
	})
	localenvtest.Main(m)
}

// settings are those of a dump.
var settings = []fingerprint.Setting{
	{Name: "client_encoding", Value: "UTF8"}, {Name: "DateStyle", Value: "ISO"}, {Name: "IntervalStyle", Value: "postgres"},
	{Name: "TimeZone", Value: "America/New_York"}, {Name: "extra_float_digits", Value: "3"}, {Name: "bytea_output", Value: "escape"},
}

// source creates a database from SQL.
func source(t *testing.T, sql string) string {
	t.Helper()
	database := localenvtest.Database(t)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), database, sql))
	return database
}

// restored creates a copy of a database, and changes it by SQL.
func restored(t *testing.T, from, sql string) string {
	t.Helper()
	p := localenvtest.Postgres(t)
	database := localenvtest.Unique()
	require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", database, from)))
	t.Cleanup(func() {
		require.NoError(t, p.Exec(context.WithoutCancel(t.Context()), "postgres", fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", database)))
	})
	require.NoError(t, p.Exec(t.Context(), database, sql))
	return database
}

// dumped returns the fingerprints of a database, read by one connection and
// without the code under test.
func dumped(t *testing.T, database string) (f fingerprint.File) {
	t.Helper()
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), database)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	f = fingerprint.File{FormatVersion: fingerprint.FormatVersion, Settings: settings}
	for _, s := range settings {
		_, err := conn.Exec(t.Context(), "SELECT set_config($1, $2, false)", s.Name, s.Value)
		require.NoError(t, err)
	}
	_, err = conn.Exec(t.Context(), "SET search_path = ''")
	require.NoError(t, err)
	for _, n := range list(t, conn, `SELECT n.nspname || '.' || c.relname || '.' || coalesce((SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute
		WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''), '') || '.' || coalesce((SELECT extcondition[array_position(extconfig, c.oid)] FROM pg_extension WHERE c.oid = ANY (extconfig)), '')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND c.oid >= 16384 AND c.relname <> 'inner_rows' AND n.nspname NOT LIKE 'pg\_%' ORDER BY 1`) {
		parts := strings.Split(n, ".")
		table := fingerprint.Table{DumpID: len(f.Tables) + 10, Schema: fingerprint.Name(parts[0]), Name: fingerprint.Name(parts[1]), Filtered: parts[3] != ""}
		var columns []string
		for c := range strings.SplitSeq(parts[2], ",") {
			if c != "" {
				table.Columns, columns = append(table.Columns, fingerprint.Name(c)), append(columns, postgres.QuoteIdent(c))
			}
		}
		from := postgres.QuoteIdent(parts[0]) + "." + postgres.QuoteIdent(parts[1])
		statement := fmt.Sprintf("COPY (SELECT %s FROM ONLY %s %s) TO STDOUT", strings.Join(columns, ", "), from, parts[3])
		var h fingerprint.Hasher
		_, err := conn.PgConn().CopyTo(t.Context(), hashing{&h}, statement)
		require.NoError(t, err)
		table.Rows, err = h.End()
		require.NoError(t, err)
		f.Tables = append(f.Tables, table)
	}
	for _, n := range list(t, conn, `SELECT schemaname || '.' || sequencename FROM pg_sequences ORDER BY 1`) {
		schema, name, _ := strings.Cut(n, ".")
		s := fingerprint.Sequence{Schema: fingerprint.Name(schema), Name: fingerprint.Name(name)}
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT last_value, is_called FROM "+postgres.QuoteIdent(schema)+"."+postgres.QuoteIdent(name)).Scan(&s.Last, &s.Called))
		f.Sequences = append(f.Sequences, s)
	}
	rows, err := conn.Query(t.Context(), "SELECT oid, lo_get(oid) FROM pg_largeobject_metadata")
	require.NoError(t, err)
	var o fingerprint.Object
	var content []byte
	_, err = pgx.ForEachRow(rows, []any{&o.OID, &content}, func() error {
		o.Bytes, o.SHA256 = int64(len(content)), sha256.Sum256(content)
		f.LargeObjects = append(f.LargeObjects, o)
		return nil
	})
	require.NoError(t, err)
	return f
}

type hashing struct{ *fingerprint.Hasher }

func (h hashing) Write(p []byte) (int, error) {
	h.Hasher.Write(p)
	return len(p), nil
}

func list(t *testing.T, conn *pgx.Conn, query string) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), query)
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return all
}

// request returns a request to compare a database as the superuser.
func request(t *testing.T, database string, f fingerprint.File) (readback.Comparer, readback.Request) {
	t.Helper()
	p := localenvtest.Postgres(t)
	var encoded bytes.Buffer
	require.NoError(t, fingerprint.Encode(&encoded, f))
	return readback.Comparer{Source: signintest.Given{Secret: p.URI("postgres", p.Superuser, p.Password)}, Memory: memory.NewBudget(128 << 20)}, readback.Request{
		Account: signin.Account{
			Server:   instance.Server{Host: p.Host, Port: p.Port, TLS: instance.TLS{Mode: instance.TLSVerifyFull}},
			Database: database, SignIn: instance.SignIn{KeyVaultSecret: "https://vault.example/secrets/s"},
		},
		Name: "fingerprints of recovery point p",
		Fingerprints: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(encoded.Bytes())), nil
		},
	}
}

func compare(t *testing.T, database string, f fingerprint.File) proof.Compared {
	t.Helper()
	c, r := request(t, database, f)
	compared, err := c.Compare(t.Context(), r, progress.NewMeter(time.Now, "connect"))
	require.NoError(t, err)
	return compared
}

// found returns the differences in words.
func found(c proof.Compared) (all []string) {
	for _, d := range c.Differences {
		all = append(all, d.String())
	}
	return all
}
