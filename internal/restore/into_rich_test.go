package restore_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Indexes, constraints, triggers, policies, grants, comments, statistics objects,
// an identity, partitions, views and names with blanks and quotes.
func TestTablesOfEveryKindComeBackIntoTheirDatabase(t *testing.T) {
	t.Parallel()
	for _, offsets := range []bool{true, false} {
		r, job := existing(t, rich(t))
		database := job.Account.Database
		before, rows := schema(t, database), contents(t, database)
		dump, _ := stored(t, dumpFile(t, database, offsets))
		run(t, database, `DROP TABLE shop.customers CASCADE; DROP TABLE shop.orders CASCADE; DROP TABLE "Odd Schema"."select ""x""; --", "Odd Schema".nothing;
			DROP TABLE "Odd Schema".unlogged; DROP SEQUENCE "Odd Schema"."Number"; DROP TABLE "Odd Schema".child, "Odd Schema".empty`)
		job.Wanted.Tables = []string{"shop.customers", "shop.orders", "shop.totals", "shop.frozen", `Odd Schema.select "x"; --`, "Odd Schema.nothing", "Odd Schema.unlogged", "Odd Schema.Number", "Odd Schema.empty", "Odd Schema.child"}
		job.Into.AllowEventTriggers = true
		notes, err := restoreInto(t, r, job, dump)
		require.NoError(t, err)
		require.Empty(t, notes)
		require.Equal(t, before, schema(t, database))
		require.Equal(t, rows, contents(t, database))
	}
}
