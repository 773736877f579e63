package metrics_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate/metrics"
)

// The conventions of Prometheus for names: https://prometheus.io/docs/practices/naming/
func TestNamesFollowTheConventions(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range metrics.All() {
		require.Regexp(t, `^pgvault_[a-z][a-z_]*[a-z]$`, f.Name)
		require.False(t, seen[f.Name], f.Name)
		seen[f.Name] = true
		require.Equal(t, f.Kind == metrics.Counter, strings.HasSuffix(f.Name, "_total"), f.Name)
		require.NotRegexp(t, `_(minutes|hours|days|milliseconds|ms|kib|mib|percent)(_|$)`, f.Name, "base units")
		require.Regexp(t, `^[A-Z0-9].*\.$`, f.Help)
		for _, label := range f.Labels {
			require.Regexp(t, regexp.MustCompile(`^[a-z][a-z_]*$`), label)
			require.NotContains(t, []string{"instance", "job", "le", "quantile"}, label, "Prometheus has a label of this name")
		}
	}
	require.Greater(t, len(seen), 1)
}
