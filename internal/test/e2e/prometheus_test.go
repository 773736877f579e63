package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/stretchr/testify/require"
)

// rulesFile is the rules that people deploy.
var rulesFile = filepath.Join("..", "..", "..", "deploy", "prometheus", "rules.yaml")

// TestPrometheusRules runs the unit tests of the rules.
func TestPrometheusRules(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"check", "rules", "rules.yaml"}, {"test", "rules", "rules_test.yaml"}} {
		cmd := exec.CommandContext(t.Context(), "promtool", args...)
		cmd.Dir = filepath.Dir(rulesFile)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "promtool %s\n%s", strings.Join(args, " "), out)
	}
}

// TestQueriesOfTheDashboard has Prometheus read the dashboard's queries, as rules.
func TestQueriesOfTheDashboard(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "deploy", "grafana", "pgvault.json"))
	require.NoError(t, err)
	var dashboard struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	require.NoError(t, json.Unmarshal(text, &dashboard))
	type rule struct {
		Record string `json:"record"`
		Expr   string `json:"expr"`
	}
	var rules []rule
	for _, panel := range dashboard.Panels {
		require.NotEmpty(t, panel.Targets)
		for n, target := range panel.Targets {
			rules = append(rules, rule{fmt.Sprintf("query_%d_%d", len(rules), n), strings.ReplaceAll(target.Expr, "$__rate_interval", "5m")})
		}
	}
	// JSON is YAML too.
	encoded, err := json.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "rules.yaml")
	require.NoError(t, os.WriteFile(file, encoded, 0o600))
	out, err := exec.CommandContext(t.Context(), "promtool", "check", "rules", file).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// TestPrometheusReportsAStaleInstance has a real Prometheus scrape a worker, and asks
// its API for the alerts. One instance has been protected for a month without a backup.
func TestPrometheusReportsAStaleInstance(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	good, never := w.protected(t, "CREATE TABLE t (i int)"), w.protected(t, "")
	w.protectedFor(t, never, 30*24*time.Hour)
	worker := w.startWorker(t)
	w.backup(t, good)
	prometheus := startPrometheus(t, worker.monitor(t))
	require.Eventually(t, func() bool {
		firing := prometheus.firing(t)
		return firing["PgvaultBackupStale"] == never.Name && firing["PgvaultAbsent"] == ""
	}, patience, look, "the alert does not fire for %s: %v", never.Name, prometheus)
	require.Empty(t, prometheus.firing(t)["PgvaultNoJobs"])

	page := worker.get(t, "/")
	require.Contains(t, page, never.Name)
	require.Less(t, strings.Index(page, never.Name), strings.Index(page, good.Name), "the worst is first")
}

// protectedFor has an instance look as if it had been applied some time ago.
func (w *world) protectedFor(t *testing.T, i instance, age time.Duration) {
	t.Helper()
	_, err := w.container(t).NewBlobClient("instances/"+i.Name+"/instance.json").SetMetadata(t.Context(),
		map[string]*string{"since": to.Ptr(time.Now().Add(-age).UTC().Format(time.RFC3339))}, nil)
	require.NoError(t, err)
}

// monitor returns the address of the worker's HTTP server.
func (p *worker) monitor(t *testing.T) string {
	t.Helper()
	address := monitorAddress.FindSubmatch(p.output.Bytes())
	require.NotNil(t, address, "%s", p.output.Bytes())
	return string(address[1])
}

// prometheus is a server that scrapes one worker each second.
type prometheus struct{ address string }

// holds are the times for which conditions of rules must hold, and which a test does
// not wait for.
var holds = regexp.MustCompile(`(?m)^ +for: .*\n`)

func startPrometheus(t *testing.T, target string) prometheus {
	t.Helper()
	dir := t.TempDir()
	rules, err := os.ReadFile(rulesFile)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules.yaml"), holds.ReplaceAll(rules, nil), 0o600))
	config := fmt.Sprintf("global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [rules.yaml]\nscrape_configs:\n  - job_name: pgvault\n    static_configs: [{targets: [%q]}]\n", target)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o600))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := prometheus{listener.Addr().String()}
	require.NoError(t, listener.Close())
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	log, err := os.Create(filepath.Join(dir, "log"))
	require.NoError(t, err)
	cmd := exec.CommandContext(ctx, "prometheus", "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+p.address)
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was killed
		_ = log.Close()
	})
	require.Eventually(t, func() bool {
		response, err := http.Get("http://" + p.address + "/-/ready")
		if err != nil {
			return false
		}
		defer func() { _ = response.Body.Close() }()
		return response.StatusCode == http.StatusOK
	}, patience, look, "Prometheus does not start")
	return p
}

// firing returns the instance of each firing alert, or "-" if it has none.
func (p prometheus) firing(t *testing.T) map[string]string {
	t.Helper()
	response, err := http.Get("http://" + p.address + "/api/v1/alerts")
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	var found struct {
		Data struct {
			Alerts []struct {
				State  string
				Labels map[string]string
			}
		}
	}
	require.NoError(t, json.NewDecoder(response.Body).Decode(&found))
	firing := map[string]string{}
	for _, a := range found.Data.Alerts {
		if a.State != "firing" {
			continue
		}
		firing[a.Labels["alertname"]] = "-"
		if name := a.Labels["backup_instance"]; name != "" {
			firing[a.Labels["alertname"]] = name
		}
	}
	return firing
}
