package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/proof"
)

// A record names so many tables that it can be read, and counts all.
func TestADrillOfTwoThousandTables(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.drilled(t, `DO $$ BEGIN FOR n IN 1..2000 LOOP
		EXECUTE format('CREATE TABLE %I AS SELECT n, n * %s AS value FROM generate_series(1, 5) n', 'table ' || n, n);
	END LOOP; END $$`)
	w.backup(t, i)
	out := w.ok(t, "drill", i.Name, "--wait")
	require.Contains(t, out, " is proven: ")
	compared, ok := w.drillRecord(t, i)["compared"].(map[string]any)
	require.True(t, ok)
	require.InDelta(t, 2000, compared["tables"], 0)
	require.InDelta(t, 10000, compared["rows"], 0)
	require.Len(t, compared["perTable"], proof.MaxTables)
	require.Empty(t, w.drillDatabases(t))
}
