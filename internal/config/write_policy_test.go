package config_test

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/policy"
)

// The YAML is parsed as the same policies and equals the golden file.
func TestPolicyYAML(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"testdata/policies.yaml", "../../docs/pgvault.example.yaml"} {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		parsed, err := config.Parse(data)
		require.NoError(t, err)
		var all []policy.Policy
		for _, name := range slices.Sorted(maps.Keys(parsed.Policies)) {
			all = append(all, parsed.Policies[name])
		}
		text := config.PolicyYAML(all...)
		again, err := config.Parse([]byte("vault:\n  container: https://account.blob.core.windows.net/vault\n" + text + "instances: {}\n"))
		require.NoError(t, err, text)
		require.Equal(t, parsed.Policies, again.Policies, text)
		if file == "testdata/policies.yaml" {
			golden(t, "testdata/policies.written", text)
		}
	}
}
