package azurepolicy_test

import (
	"cmp"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/policy/azurepolicy"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Each testdata/*.json has the result of Parse beside it: *.yaml, or *.err for
// a file with mistakes.
func TestParse(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		base := strings.TrimSuffix(file, ".json")
		t.Run(filepath.Base(base), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			policy, err := azurepolicy.Parse(data)
			if err != nil {
				var f *failure.Error
				require.True(t, errors.As(err, &f))
				require.Equal(t, failure.InvalidConfiguration, f.Code)
				require.NotEmpty(t, f.Action)
				golden(t, base+".err", f.Message+"\n")
				return
			}
			policy.Policy.Name = cmp.Or(policy.Policy.Name, "imported")
			golden(t, base+".yaml", policy.YAML())
			requireParses(t, policy)
		})
	}
}

// requireParses requires that `pgvault apply` reads the same policy from the
// printed YAML.
func requireParses(t *testing.T, imported *azurepolicy.Imported) {
	t.Helper()
	text := "vault:\n  container: https://account.blob.core.windows.net/vault\n" + imported.YAML() + "instances: {}\n"
	file, err := config.Parse([]byte(text))
	require.NoError(t, err, text)
	require.Equal(t, imported.Policy, file.Policies[imported.Policy.Name], text)
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
