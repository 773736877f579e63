package metrics_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/metrics"
)

var metricName = regexp.MustCompile(`\bpgvault_[a-z_]+`)

func deployed(t *testing.T, path ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "..", "deploy"}, path...)...))
	require.NoError(t, err)
	return string(content)
}

// TestRulesAndDashboardsNameRealMetrics compares the names in deploy/ with the
// registry. The dashboard shows each metric, directly or as a part of a formula.
func TestRulesAndDashboardsNameRealMetrics(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, f := range metrics.All() {
		known[f.Name] = true
	}
	dashboard := deployed(t, "grafana", "pgvault.json")
	require.True(t, json.Valid([]byte(dashboard)))
	for _, text := range []string{dashboard, deployed(t, "prometheus", "rules.yaml"), deployed(t, "prometheus", "rules_test.yaml")} {
		found := metricName.FindAllString(text, -1)
		require.NotEmpty(t, found)
		for _, name := range found {
			require.Contains(t, known, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		require.Contains(t, dashboard, name)
	}
}

// TestKindsInRules: a rule that names a kind of problem that does not exist would
// never fire.
func TestKindsInRules(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`kind=~"([a-z|-]+)"`).FindAllStringSubmatch(deployed(t, "prometheus", "rules.yaml"), -1)
	require.NotEmpty(t, named)
	for _, list := range named {
		for _, kind := range regexp.MustCompile(`[^|]+`).FindAllString(list[1], -1) {
			require.Contains(t, estate.Kinds(), estate.Kind(kind))
		}
	}
}

// TestEveryRuleIsTested: each alert has a time at which it fires and one at which it is
// quiet.
func TestEveryRuleIsTested(t *testing.T) {
	t.Parallel()
	tests := deployed(t, "prometheus", "rules_test.yaml")
	for _, m := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(deployed(t, "prometheus", "rules.yaml"), -1) {
		require.Regexp(t, `\{eval_time: \w+, alertname: `+m[1]+`\}`, tests, "%s is never quiet", m[1])
		require.Regexp(t, `alertname: `+m[1]+`\n\s+exp_alerts:`, tests, "%s never fires", m[1])
	}
}

// TestThePageListsTheRules compares docs/WATCH.md with the rules.
func TestThePageListsTheRules(t *testing.T) {
	t.Parallel()
	var rules, listed []string
	for _, m := range regexp.MustCompile(`(?s)- alert: (\w+).*?severity: (\w+)`).FindAllStringSubmatch(deployed(t, "prometheus", "rules.yaml"), -1) {
		rules = append(rules, m[1]+" "+m[2])
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(Pgvault\\w+)` \\| (\\w+) \\|").FindAllStringSubmatch(deployed(t, "..", "docs", "WATCH.md"), -1) {
		listed = append(listed, m[1]+" "+m[2])
	}
	require.Len(t, rules, 11)
	require.Equal(t, rules, listed)
}

// TestThePageListsTheMetrics compares docs/OPERATIONS.md with the registry.
func TestThePageListsTheMetrics(t *testing.T) {
	t.Parallel()
	page := deployed(t, "..", "docs", "OPERATIONS.md")
	for _, f := range metrics.All() {
		labels := ""
		if len(f.Labels) > 0 {
			labels = "`" + strings.Join(f.Labels, "`, `") + "`"
		}
		if slices.Contains([]string{metrics.Jobs.Name, metrics.BuildInfo.Name}, f.Name) {
			require.Contains(t, page, "| `"+f.Name+"` | "+string(f.Kind)+" | "+labels+" |")
			continue
		}
		require.Contains(t, page, "| `"+f.Name+"` | "+labels+" | "+f.Help+" |")
	}
}
