package cli_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/reapply"
	"github.com/pgvault/pgvault/internal/vault/sweep"
	"github.com/pgvault/pgvault/starter/cli"
	"github.com/pgvault/pgvault/starter/cli/document"
	"github.com/pgvault/pgvault/starter/cli/document/documenttest"
)

// answer is what the tests read of any document.
type answer struct {
	Job    *document.Job
	Result json.RawMessage
	Error  *document.Error
}

// asJSON runs a command for JSON. The command checks that its document fits its schema.
func asJSON(t *testing.T, status int, args ...string) (a answer) {
	t.Helper()
	var c command
	require.Equal(t, status, c.run(t.Context(), append(args, "-o", "json")...), "%v: %s%s", args, c.out.String(), c.errs.String())
	require.NoError(t, json.Unmarshal([]byte(c.out.String()), &a))
	return a
}

// TestEveryCommandPrintsJSON runs each command of pgvault. A command that is not in the
// tables, or has no schema, fails it. What a command prints is checked against its schema
// by each run of a test.
func TestEveryCommandPrintsJSON(t *testing.T) {
	t.Parallel()
	server(t)
	p := setupProving(t)
	fillVault(t, p)
	in := []string{"--vault", p.url}
	file := pgvaultYAML(t, p.url, "shop/orders")
	trusting := append([]string{"--trust", p.file.Name()}, in...)
	history := filepath.Join(t.TempDir(), "history.json")
	shown := asJSON(t, 0, "backup", "good/json", "--wait").Job.ID
	var replayed command
	replayed.run(t.Context(), "replay", shown, "--export", history)

	// Jobs have their state at the start, and with --wait a result too.
	started := map[string][]string{
		"backup": {"good/json"}, "restore": {"shop/a", "--to-server", "db2", "--to-database", "copy"}, "drill": {"shop/orders"},
		"verify": {"shop/orders"}, "scrub": nil, "sweep": {"--dry-run"}, "delete": {"shop/orders", "--point", nightPoint},
		"undelete": {"shop/orders", "--point", nightPoint}, "stop": {"shop/orders", "--retain-as-per-policy"}, "resume": {"shop/orders"},
	}
	// Other commands have the exit status, and their result or an error.
	direct := map[string]struct {
		status int
		args   []string
	}{
		"validate": {1, []string{"fine", "lacking"}}, "grants": {0, []string{"lacking"}},
		"policy reapply":  {0, append([]string{"shop/orders"}, in...)},
		"policy show":     {0, append([]string{"shop/orders"}, in...)},
		"policy import":   {0, []string{azurePolicies + "six-and-24-months.json"}},
		"policy simulate": {0, []string{"-f", "testdata/simulate.yaml", "nightly", "--years", "1"}},
		"trust init":      {0, []string{"-f", file}}, "trust check": {1, append([]string{"-f", p.file.Name(), "shop/orders"}, in...)},
		"trust keys": {0, []string{"-f", p.file.Name()}}, "notify test": {0, in},
		"proof list": {0, append([]string{"--all"}, trusting...)}, "proof show": {0, append([]string{"shop/orders"}, trusting...)},
		"proof verify": {0, trusting}, "proof report": {0, trusting},
		"status": {1, in}, "points": {0, append([]string{"--all"}, in...)}, "jobs": {0, append([]string{"--since", "1h"}, in...)},
		"jobs show": {0, []string{shown}}, "version": {0, nil},
		"replay":   {1, []string{"--file", history}},                                         // the history of a fake is not that of this version
		"apply":    {1, []string{"-f", "/no/such/file"}},                                     // TestApplyShowsEachChange has the result
		"contents": {2, append([]string{"shop/orders", "--point", nightPoint + "x"}, in...)}, // the end-to-end tests have a dump
		"rerun":    {1, []string{"no/such/job"}},                                             // TestRerunAsJSON has the result
	}
	for name, cmd := range cli.Commands() {
		if cmd.HasSubCommands() && !cmd.HasLocalFlags() {
			continue // a group of commands prints its help
		}
		require.FileExists(t, documenttest.Path(name), "%s has no schema", name)
		words := strings.Fields(name)
		if args, ok := started[name]; ok {
			t.Run(name, func(t *testing.T) { checkJob(t, append(words, args...), in) })
			continue
		}
		c, ok := direct[name]
		require.True(t, ok, "%s is not in the tables of this test", name)
		t.Run(name, func(t *testing.T) {
			a := asJSON(t, c.status, append(words, c.args...)...)
			if c.status == 0 {
				require.Nil(t, a.Error)
			}
		})
	}
}

// checkJob runs a command that starts a job, without and with --wait.
func checkJob(t *testing.T, args, in []string) {
	t.Helper()
	if args[0] == "sweep" {
		args = append(args, in...) // it reads its report
	}
	a := asJSON(t, 0, args...)
	require.Equal(t, document.Running, a.Job.State)
	require.Regexp(t, `^[0-9a-f-]{36}$`, a.Job.RunID)
	require.Equal(t, document.JobType(args[0]), a.Job.Type)
	require.Nil(t, a.Result)
	require.Nil(t, a.Error)
	status := 0
	if args[0] == "sweep" {
		status = 1 // it has stopped at an instance
	}
	a = asJSON(t, status, append(args, "--wait")...)
	require.Equal(t, document.Completed, a.Job.State)
	require.NotNil(t, a.Result)
	require.Equal(t, status == 1, a.Error != nil)
}

// fillVault puts what the commands read into a vault: a record of a drill, a receiver,
// and the reports of jobs.
func fillVault(t *testing.T, p proving) {
	t.Helper()
	p.drill(t, "run-1", nil)
	_, err := p.PutSettings(t.Context(), instance.VaultSettings{Container: p.url, Notifications: []instance.Notification{{Name: "oncall", URL: "https://contoso.vault.azure.net/secrets/oncall"}}}, "own")
	require.NoError(t, err)
	_, err = p.PutInstance(t.Context(), instance.Instance{
		Name: "shop/orders", Database: "orders", Server: instance.Server{Host: "db"}.WithDefaults(), SignIn: instance.SignIn{Entra: &instance.Entra{User: "u"}},
		Policy: policy.Policy{
			Name: "p", Schedules: []policy.Schedule{policy.Schedule{Times: []policy.TimeOfDay{{Hour: 2}}}.WithDefaults()}, TimeZone: "UTC", WeekStart: policy.Weekday(time.Monday),
			Rules: []policy.Rule{{Name: "Default", Priority: 99, Lifecycle: policy.Lifecycle{Standard: policy.Duration{Days: 30}, Archive: policy.Duration{Years: 1}}}},
		},
	})
	require.NoError(t, err)
	for name, report := range map[string]any{
		sweepReport: sweep.Report{Decisions: []sweep.Decision{
			{Instance: "shop/orders", Point: nightPoint, Archive: true, DropCopies: true, Reason: "the last good one"},
			{Instance: "shop/orders", Point: nightPoint, Remove: true, Soft: true, Reason: "expired"},
			{Instance: "shop/orders", Point: nightPoint, Remove: true, Blobs: []string{"x"}, Reason: "a failed attempt"},
		}},
		reapplyReport: reapply.Report{Policy: "p", DryRun: true, Changes: []reapply.Change{{
			Point: nightPoint, From: vault.Retention{Rule: "Default"}, To: vault.Retention{Rule: "Weekly", Expires: tomorrow, ArchiveAt: tomorrow}, Note: "locked",
		}}},
	} {
		text, err := json.Marshal(report)
		require.NoError(t, err)
		_, err = p.container.Put(t.Context(), name, text, nil)
		require.NoError(t, err)
	}
}

// Each failure is a document with the exit status of the same command without JSON.
func TestErrorsAsJSON(t *testing.T) {
	t.Parallel()
	server(t)
	for _, c := range []struct {
		status     int
		code, says string
		args       []string
	}{
		{2, string(failure.InvalidInput), "unknown flag: --wiat", []string{"backup", "a", "--wiat"}},
		{2, string(failure.InvalidInput), `unknown command "bakcup"`, []string{"bakcup"}},
		{2, string(failure.InvalidInput), "accepts 1 arg(s)", []string{"backup"}},
		{2, string(failure.InvalidInput), "which vault?", []string{"points"}},
		{2, string(failure.InvalidInput), `the job's input: `, []string{"verify", "a", "--point", "../x"}},
		{1, string(failure.InvalidConfiguration), "the file cannot be read", []string{"apply", "-f", "/no/such/file"}},
	} {
		a := asJSON(t, c.status, c.args...)
		require.Equal(t, c.code, a.Error.Code, c.args)
		require.Contains(t, a.Error.Message, c.says)
		require.NotContains(t, a.Error.Message, "To mend it")
		require.NotEmpty(t, a.Error.Remedy, c.args)
		require.Nil(t, a.Job)
	}
	failed := asJSON(t, 1, "backup", "broken", "--wait")
	require.Equal(t, document.Failed, failed.Job.State)
	require.Equal(t, document.Error{Code: "UserErrorDBNotFound", Message: `database "orders" does not exist`, Remedy: "correct the database's name", Findings: []document.Finding{}}, *failed.Error)
	cancelled := asJSON(t, 1, "backup", "cancelled", "--wait")
	require.Equal(t, document.Cancelled, cancelled.Job.State)
	require.Equal(t, "UserErrorJobCancelled", cancelled.Error.Code)
}

// An interrupted command says which job continues, and its progress is on standard error.
func TestInterruptionAsJSON(t *testing.T) {
	t.Parallel()
	server(t)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var waiting command
	status := make(chan int, 1)
	go func() { status <- waiting.run(ctx, "backup", "slow/json", "--wait", "-o", "json") }()
	require.Eventually(t, func() bool { return strings.Contains(waiting.errs.String(), "12 of 40 checks") }, soon, look)
	require.Empty(t, waiting.out.String())
	interrupt()
	require.Equal(t, 130, <-status)
	var a answer
	require.NoError(t, json.Unmarshal([]byte(waiting.out.String()), &a), waiting.out.String())
	require.Equal(t, document.Interrupted, a.Error.Code)
	require.Equal(t, document.Running, a.Job.State)
}

func TestRerunAsJSON(t *testing.T) {
	t.Parallel()
	server(t)
	failed := asJSON(t, 1, "restore", "stumbles/once", "--to-server", "db2", "--to-database", "copy", "--wait")
	var c command
	require.Zero(t, c.run(t.Context(), "rerun", failed.Job.ID, "--wait", "-o", "json"), c.errs.String())
	var r document.Rerun
	require.NoError(t, json.Unmarshal([]byte(c.out.String()), &r))
	require.Equal(t, "fake-check", r.Step)
	require.Equal(t, document.Completed, r.Job.State)
	require.NotEqual(t, failed.Job.RunID, r.Job.RunID)
	require.Equal(t, "copy", r.Restore.Database)
}

// TestLocalTimes: people see the zone of each time.
func TestLocalTimes(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	kathmandu, err := time.LoadLocation("Asia/Kathmandu")
	require.NoError(t, err)
	at := time.Date(2026, 7, 1, 22, 30, 0, 0, time.UTC)
	require.Equal(t, "2026-07-01 22:30:00Z", cli.LocalText(at, nil))
	require.Equal(t, "2026-07-02 00:30:00+02:00 CEST", cli.LocalText(at, berlin))
	require.Equal(t, "2026-07-02 04:15:00+05:45", cli.LocalText(at, kathmandu))
	require.Empty(t, cli.LocalText(time.Time{}, berlin))

	server(t)
	var c, asDocument command
	require.Zero(t, c.run(t.Context(), "backup", "good/local", "--wait", "--local"), c.errs.String())
	require.Contains(t, c.out.String(), "  kept to  2026-12-24 03:00:00+01:00 CET\n")
	require.Zero(t, asDocument.run(t.Context(), "backup", "good/local", "--wait", "--local", "-o", "json"), asDocument.errs.String())
	require.Contains(t, asDocument.out.String(), `"expires": "2026-12-24T02:00:00Z"`)
}

// A malformed name is refused before a job is started.
func TestMalformedNamesAreRefused(t *testing.T) {
	t.Parallel()
	server(t)
	for _, args := range [][]string{
		{"restore", "shop/a", "--point", "../x", "--to-server", "db", "--to-database", "copy"}, {"restore", "../x", "--to-server", "db", "--to-database", "copy"},
		{"verify", "shop/a", "--point", "../x"}, {"drill", "shop/a", "--point", "../x"}, {"delete", "shop/a", "--point", "../x"},
		{"undelete", "shop/a", "--point", "../x"}, {"backup", "../x"}, {"validate", "../x"}, {"stop", "../x", "--retain-forever"}, {"resume", "../x"},
		{"sweep", "--allow-mass-deletion", "../x"}, {"grants", "../x"},
	} {
		var c command
		require.Equal(t, 2, c.run(t.Context(), args...), "%v: %s", args, c.errs.String())
		require.Contains(t, c.errs.String(), "UserErrorInvalidInput", args)
		require.Empty(t, c.out.String(), args)
	}
	p := setupProving(t)
	for _, args := range [][]string{{"contents", "shop/orders", "--point", "../x"}, {"contents", "../x"}, {"points", "../x"}} {
		var c command
		require.Equal(t, 2, c.run(t.Context(), append(args, "--vault", p.url)...), "%v: %s", args, c.errs.String())
	}
}

// One status after the other is a document of its own.
func TestWatchedStatusAsJSON(t *testing.T) {
	t.Parallel()
	server(t)
	p := setupProving(t)
	require.NoError(t, documenttest.Check([]string{"status", "-o", "json"}, watchOnce(t, p, "json", "}\n")))
	require.Regexp(t, `^---\nwell: `, watchOnce(t, p, "yaml", "\n"))

	var both command
	require.Equal(t, 2, both.run(t.Context(), "status", "--html", "-", "-o", "json", "--vault", p.url))
	file := filepath.Join(t.TempDir(), "status.html")
	var page command
	require.Equal(t, 1, page.run(t.Context(), "status", "--html", file, "-o", "json", "--vault", p.url), page.errs.String())
	html, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(html), "shop/orders")
}

// watchOnce returns the first document of a watched status. It ends with end.
func watchOnce(t *testing.T, p proving, form, end string) string {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var c command
	status := make(chan int, 1)
	go func() { status <- c.run(ctx, "status", "--watch", "-o", form, "--vault", p.url) }()
	require.Eventually(t, func() bool { return strings.HasSuffix(c.out.String(), end) }, soon, look)
	interrupt()
	require.Equal(t, 130, <-status)
	return c.out.String()
}
