package localenvtest

import (
	"context"
	_ "embed" // of the SQL
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

//go:embed shadow.sql
var shadowSQL string

// Shadow puts a schema before pg_catalog in a database's search path, as the
// database's owner can. It has another operator, function, type or relation for
// about each one in pg_catalog.
func Shadow(t testing.TB, database string) {
	t.Helper()
	p := Postgres(t)
	require.NoError(t, p.Exec(t.Context(), database, shadowSQL))
	require.NoError(t, p.Exec(t.Context(), "postgres", "ALTER DATABASE "+pgx.Identifier{database}.Sanitize()+" SET search_path = evil, pg_catalog"))
}

// ShadowUsed reports whether anything in a database of [Shadow], or in a copy
// of it, was used.
func ShadowUsed(t testing.TB, database string) bool {
	t.Helper()
	conn, err := Postgres(t).Connect(t.Context(), database)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var used bool
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT is_called FROM evil.uses", pgx.QueryExecModeSimpleProtocol).Scan(&used))
	return used
}
