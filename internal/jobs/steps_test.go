package jobs_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/jobs"
)

func TestACompensationUndoesAnotherStep(t *testing.T) {
	t.Parallel()
	for cleanup, undone := range jobs.Compensations() {
		require.NotEqual(t, cleanup, undone)
		_, twice := jobs.Compensations()[undone]
		require.False(t, twice, "%s is a clean-up step itself", undone)
	}
}
