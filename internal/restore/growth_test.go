package restore_test

import (
	"testing"

	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/test/growth"
)

// The time of handing out the data is proportional to the number of its pieces,
// of one table or of many.
func TestHandingOutGrowsWithTheDump(t *testing.T) {
	t.Parallel()
	t.Run("many tables", func(t *testing.T) {
		growth.Linear(t, 5000, func(n int) func() { return func() { restore.HandOut(n, 1, 64) } })
	})
	t.Run("many pieces of a table", func(t *testing.T) {
		growth.Linear(t, 5000, func(n int) func() { return func() { restore.HandOut(1, n, 64) } })
	})
}
