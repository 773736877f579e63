package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	printed "github.com/pgvault/pgvault/starter/cli/document"
)

func TestContents(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, `CREATE SCHEMA "Order desk"; CREATE TABLE "Order desk".lines AS SELECT n FROM generate_series(1, 42) n;
		CREATE TABLE customers (id int); CREATE VIEW everyone AS SELECT * FROM customers; CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1';
		SELECT lo_from_bytea(4711, '\xdead'); SELECT lo_from_bytea(4712, '\xbeef'); GRANT SELECT ON LARGE OBJECT 4711, 4712 TO PUBLIC`)
	point := w.backup(t, i)

	out := w.ok(t, "contents", i.Name)
	require.Regexp(t, `(?m)^schema +Order desk *`, out)
	require.Regexp(t, `(?m)^table +Order desk\.lines +42 +\d+ B`, out)
	require.Regexp(t, `(?m)^table +public\.customers +0 +`, out)
	require.Regexp(t, `(?m)^view +public\.everyone`, out)
	require.Regexp(t, `(?m)^function +public\.twice\(integer\)`, out)
	require.Regexp(t, `(?m)^large objects +- +2 +\d+ B`, out)

	var found printed.Contents
	require.NoError(t, json.Unmarshal([]byte(w.pgvault(t, "contents", i.Name, "--point", point, "Order desk.*", "-o", "json").Stdout), &found))
	require.Len(t, found.Objects, 1)
	require.Equal(t, int64(42), *found.Objects[0].Rows)

	refused := w.pgvault(t, "contents", i.Name, "custmers")
	require.Equal(t, 2, refused.Code)
	require.Contains(t, refused.Stderr, `did you mean "customers"?`)
	refused = w.pgvault(t, "contents", i.Name, "publc.customers")
	require.Contains(t, refused.Stderr, `did you mean "public.customers"?`)
}

func TestAPointIsNamedByATime(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, "CREATE TABLE t (a int)")
	first := w.backup(t, i)
	later := time.Now().UTC()
	require.Contains(t, w.pgvault(t, "contents", i.Name, "--at", later.Format(time.RFC3339)).Stderr, first)
	require.Contains(t, w.ok(t, "verify", i.Name, "--wait", "--at", later.Add(time.Second).Format("2006-01-02 15:04:05")), "1 recovery point")

	before := w.pgvault(t, "verify", i.Name, "--at", "2020-01-01")
	require.Equal(t, 2, before.Code)
	require.Contains(t, before.Stderr, "no recovery point of 2020-01-01 23:59:59Z or before; the oldest that can be restored is "+first)
	before = w.pgvault(t, "drill", i.Name, "--at", "2020-01-01")
	require.Equal(t, 2, before.Code)
	require.Contains(t, before.Stderr, "no recovery point of 2020-01-01")
	wrong := w.pgvault(t, "contents", i.Name, "--at", "yesterday")
	require.Equal(t, 2, wrong.Code)
	require.Contains(t, wrong.Stderr, "no time")
	both := w.pgvault(t, "restore", i.Name, "--at", "2020-01-01", "--point", first, "--to-server", "db", "--to-database", "x")
	require.Equal(t, 2, both.Code)
	require.NotContains(t, strings.ToLower(both.Stderr), "started")
}
