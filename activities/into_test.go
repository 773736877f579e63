package activities_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/jobs"
)

// A job may not name a schema that could be another job's own.
func TestSchemasOfAJobHaveThePrefixThatInputsMayNot(t *testing.T) {
	t.Parallel()
	for _, unpublished := range []string{"pgvault_restore_abc123", "pgvault_restore_" + strings.Repeat("x", 47), "Odd Name"} {
		require.True(t, strings.HasPrefix(activities.RescueSchemas(unpublished), jobs.RescuePrefix), unpublished)
	}
}
