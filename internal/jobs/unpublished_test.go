package jobs_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/jobs"
)

// Run IDs begin with a time. Two restores in the same minute have that in
// common and must not use the same database.
func TestUnpublishedNamesOfTheSameMinuteDiffer(t *testing.T) {
	t.Parallel()
	require.NotEqual(t,
		jobs.UnpublishedDatabase("01a20be6-0f75-7aee-b5b4-1bd3cdb40001"),
		jobs.UnpublishedDatabase("01a20be6-0f75-7aee-b5b4-1bd3cdb40002"))
	require.LessOrEqual(t, len(jobs.UnpublishedDatabase("01a20be6-0f75-7aee-b5b4-1bd3cdb40001")), 63, "PostgreSQL cuts longer names")
}
