package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/starter/cli/document"
)

const azurePolicies = "../../internal/policy/azurepolicy/testdata/"

func TestPolicyImport(t *testing.T) {
	t.Parallel()
	var c command
	require.Zero(t, c.run(t.Context(), "policy", "import", azurePolicies+"six-and-24-months.json"), c.errs.String())
	want, err := os.ReadFile(azurePolicies + "six-and-24-months.yaml")
	require.NoError(t, err)
	require.Equal(t, string(want), c.out.String())
	require.Empty(t, c.errs.String())

	c = command{}
	require.Zero(t, c.run(t.Context(), "policy", "import", azurePolicies+"custom.json", "--name", "own"), c.errs.String())
	require.Contains(t, c.out.String(), "# Not carried over as it stands:\n")
	require.Contains(t, c.out.String(), "policies:\n  own:\n")
	require.Contains(t, c.errs.String(), "Note: 3 things")

	c = command{}
	require.Equal(t, 1, c.run(t.Context(), "policy", "import", azurePolicies+"limits.json"))
	require.Empty(t, c.out.String())
	require.Contains(t, c.errs.String(), "limits.json\npolicyRules[2]: 1d is not within 7d and 10y")

	c = command{}
	require.Equal(t, 1, c.run(t.Context(), "policy", "import", "nowhere.json"))
	require.Contains(t, c.errs.String(), "cannot be read")
	c = command{}
	require.Equal(t, 2, c.run(t.Context(), "policy", "import", azurePolicies+"custom.json", "--name", "a b"))
}

// simulated runs a simulation of a policy in the file.
func simulated(t *testing.T, args ...string) *command {
	t.Helper()
	var c command
	args = append([]string{"policy", "simulate", "-f", "testdata/simulate.yaml", "--from", "2026-01-01"}, args...)
	require.Zero(t, c.run(t.Context(), args...), c.errs.String())
	return &c
}

func TestPolicySimulate(t *testing.T) {
	t.Parallel()
	golden(t, "simulate.txt", simulated(t, "--size", "80GiB", "--growth", "20", "--failures", "2", "--years", "3").out.String())

	var r document.Simulation
	require.NoError(t, json.Unmarshal([]byte(simulated(t, "nightly", "-o", "json", "--years", "2").out.String()), &r))
	require.Equal(t, 728, r.Taken, "in two nights of spring there is no 02:30")
	require.Len(t, r.Years, 2)
	require.EqualValues(t, 10<<30, r.Years[1].DumpBytes, "the default")
	require.NotEmpty(t, r.Kept)

	file := filepath.Join(t.TempDir(), "picture.svg")
	simulated(t, "--years", "1", "--svg", file)
	svg, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(svg), "<title>Policy nightly: 1 January 2026 to 1 January 2027</title>")
}

// The pictures and the table of docs/RETENTION.md are output of the command.
func TestPolicyPicturesOfTheDocuments(t *testing.T) {
	t.Parallel()
	const docs = "../../docs/"
	text, err := os.ReadFile(docs + "RETENTION.md")
	require.NoError(t, err)
	for _, name := range []string{"nightly", "books"} {
		file := filepath.Join(t.TempDir(), name+".svg")
		var c command
		require.Zero(t, c.run(t.Context(), "policy", "simulate", "-f", docs+"retention.example.yaml", name,
			"--from", "2027-01-01", "--size", "80GiB", "--growth", "15", "--failures", "2", "--svg", file), c.errs.String())
		svg, err := os.ReadFile(file)
		require.NoError(t, err)
		golden(t, "../"+docs+"retention-"+name+".svg", string(svg))
		if name == "nightly" {
			require.Contains(t, string(text), c.out.String())
		}
	}
}

// The policies in force are those that were applied.
func TestPolicyOfTheVault(t *testing.T) {
	t.Parallel()
	url := localenvtest.Container(t)
	v := vaultOf(t, url)
	data, err := os.ReadFile("testdata/simulate.yaml")
	require.NoError(t, err)
	file, err := config.Parse(data)
	require.NoError(t, err)
	_, err = v.PutSettings(t.Context(), file.Vault, "")
	require.NoError(t, err)
	instance := file.Instances[0]
	_, err = v.PutInstance(t.Context(), instance)
	require.NoError(t, err)

	written, err := os.ReadFile("testdata/policy-show.yaml")
	require.NoError(t, err)
	for _, name := range []string{"shop/orders", "nightly"} {
		var c command
		require.Zero(t, c.run(t.Context(), "policy", "show", name, "--vault", url), c.errs.String())
		require.Equal(t, string(written), c.out.String())
		require.Zero(t, c.run(t.Context(), "policy", "simulate", name, "--vault", url, "--years", "1"), c.errs.String())
	}

	var c command
	require.Equal(t, 2, c.run(t.Context(), "policy", "show", "other", "--vault", url))
	require.Contains(t, c.errs.String(), `neither an instance nor a policy named "other"`)

	// An instance that has left the file keeps the policy that it had. The storage's
	// times are whole seconds.
	before, err := v.StorageTime(t.Context())
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		now, err := v.StorageTime(t.Context())
		return err == nil && now.After(before)
	}, soon, look)
	instance.Name, instance.Policy.WeekStart = "shop/late", 0
	_, err = v.PutInstance(t.Context(), instance)
	require.NoError(t, err)
	for name, want := range map[string]string{
		"nightly": strings.Replace(string(written), "    retention", "    weekStart: Sun\n    retention", 1), "shop/orders": string(written),
	} {
		var c command
		require.Zero(t, c.run(t.Context(), "policy", "show", name, "--vault", url), c.errs.String())
		require.Equal(t, want, c.out.String())
	}
}
