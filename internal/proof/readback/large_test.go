package readback_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// A row of 200 MB is hashed as it arrives: the worker has no room for it.
func TestARowThatIsLargerThanTheMemory(t *testing.T) {
	t.Parallel()
	from := source(t, "CREATE TABLE large AS SELECT repeat('x', 100000000) AS a, repeat('y', 100000000) AS b")
	f := dumped(t, from)
	c, r := request(t, from, f)
	c.Memory, r.Connections = memory.NewBudget(64<<20), 1
	compared, err := c.Compare(t.Context(), r, meter())
	require.NoError(t, err)
	require.Empty(t, compared.Differences)
	require.Equal(t, int64(1), compared.Rows)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), from, "UPDATE large SET b = overlay(b placing 'z' from 99999999)"))
	compared, err = c.Compare(t.Context(), r, meter())
	require.NoError(t, err)
	require.Len(t, compared.Differences, 1)
}

// Fingerprints that need more memory than the worker has are refused, with its size.
func TestFingerprintsThatNeverHaveRoom(t *testing.T) {
	t.Parallel()
	from := source(t, "CREATE TABLE t AS SELECT 1 AS i")
	f := dumped(t, from)
	for i := range 100_000 {
		f.Tables = append(f.Tables, fingerprint.Table{DumpID: 100 + i, Schema: "public", Name: fingerprint.Name(fmt.Sprintf("t%d", i)), Columns: []fingerprint.Name{"i"}})
	}
	c, r := request(t, from, f)
	c.Memory, r.Connections = memory.NewBudget(48<<20), 1
	_, err := c.Compare(t.Context(), r, meter())
	require.Equal(t, failure.WorkerMemory, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "fingerprints of recovery point p")
}

// Small tables share a statement: 2,000 of them take no 2,000 round trips.
func TestManyTables(t *testing.T) {
	t.Parallel()
	from := source(t, `DO $$ BEGIN FOR n IN 1..2000 LOOP EXECUTE format('CREATE TABLE t%s AS SELECT %s AS i', n, n); END LOOP; END $$`)
	f := dumped(t, from)
	to := restored(t, from, "UPDATE t777 SET i = 0")
	require.Len(t, f.Tables, 2000)
	compared := compare(t, to, f)
	require.Equal(t, 2000, compared.Tables)
	require.Len(t, compared.PerTable, 1000)
	require.Equal(t, "public.t777", compared.PerTable[0].Name)
	require.Len(t, compared.Differences, 1)
}

// Behind a pooler, sessions cannot share a snapshot, and each has its own.
func TestBehindAPooler(t *testing.T) {
	t.Parallel()
	from := source(t, shop)
	f := dumped(t, from)
	c, r := request(t, from, f)
	p := *localenvtest.Postgres(t)
	p.Port = localenvtest.Pooler(t, math.MaxInt64)
	r.Account.Server.Port = p.Port
	c.Source = signintest.Given{Secret: p.URI("postgres", p.Superuser, p.Password)}
	compared, err := c.Compare(t.Context(), r, meter())
	require.NoError(t, err)
	require.Empty(t, compared.Differences)
	require.Equal(t, len(f.Tables), compared.Tables)
}
