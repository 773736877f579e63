package cli_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func TestBackupWaits(t *testing.T) {
	t.Parallel()
	server(t)
	var c command
	require.Zero(t, c.run(t.Context(), "backup", "good", "--retention-rule", "Weekly", "--wait"), c.errs.String())
	require.Regexp(t, `^backup/good/\d{8}T\d{6}Z-[a-z2-7]{6}
Recovery point 20261124T020000Z-00c0ffee of good
  dump     instances/x/points/y/dump-1.dump \(5\.0 MiB\)
  sha256   ab12 \(read back and verified\)
  rule     Weekly
  archive  from 2026-12-01 02:00:00Z
  kept to  2026-12-24 02:00:00Z
  warning  retention rule was Weekly
$`, c.out.String())
}

// Two people start the same in the same second, and each has a job.
func TestJobsOfOneSecondHaveIDsOfTheirOwn(t *testing.T) {
	t.Parallel()
	server(t)
	for _, args := range [][]string{{"backup", "good/twice"}, {"sweep"}} {
		var both [4]command
		var group sync.WaitGroup
		for i := range both {
			group.Go(func() { both[i].run(t.Context(), args...) })
		}
		group.Wait()
		ids := map[string]bool{}
		for i := range both {
			require.Empty(t, both[i].errs.String())
			ids[both[i].out.String()] = true
		}
		require.Len(t, ids, len(both))
	}
}

func TestBackupFails(t *testing.T) {
	t.Parallel()
	server(t)
	var c command
	require.Equal(t, 1, c.run(t.Context(), "backup", "broken", "--wait"))
	require.Regexp(t, `^Job backup/broken/\S+ failed\.
UserErrorDBNotFound: database "orders" does not exist
To mend it: correct the database's name
Once that is mended: pgvault rerun backup/broken/\S+
$`, c.errs.String())
	require.Regexp(t, `^backup/broken/\S+\n$`, c.out.String())

	var cancelled command
	require.Equal(t, 1, cancelled.run(t.Context(), "backup", "cancelled", "--wait"))
	require.Regexp(t, `^Job backup/cancelled/\S+ was cancelled\.\n$`, cancelled.errs.String())
}

func TestInterruptedWaitLeavesTheJob(t *testing.T) {
	t.Parallel()
	c := server(t)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var waiting command
	status := make(chan int, 1)
	go func() { status <- waiting.run(ctx, "backup", "slow", "--wait") }()
	require.Eventually(t, func() bool { return strings.Contains(waiting.errs.String(), "dump 1.0 MiB\n") }, soon, look)
	interrupt()
	require.Equal(t, 130, <-status)
	require.Contains(t, waiting.errs.String(), "The job goes on: backup/slow/")
	require.Contains(t, waiting.errs.String(), "temporal workflow cancel -w backup/slow/")

	id := waiting.out.String()[:len(waiting.out.String())-1]
	running, err := temporalx.Running(t.Context(), c, id)
	require.NoError(t, err)
	require.True(t, running)

	// It cannot be rerun, since it did not fail, and its outcome is known.
	var rerun command
	require.Equal(t, 1, rerun.run(t.Context(), "rerun", id))
	require.Contains(t, rerun.errs.String(), "did not fail: it is running")
	close(finish)
	require.NoError(t, c.GetWorkflow(t.Context(), id, "").Get(t.Context(), nil))
}

func TestRestoreInput(t *testing.T) {
	t.Parallel()
	server(t)
	var c command
	require.Zero(t, c.run(t.Context(), "restore", "shop/a", "--point", "p1", "--to-server", "db2:5433", "--to-database", "copy", "--entra-user", "u",
		"--owners", "omit", "--roles", "--keep-failed", "--tls-root-certificate", "/ca.pem", "--wait"), c.errs.String())
	require.Regexp(t, `^restore/shop/a/\S+
Recovery point p1 of shop/a is database copy on db2
  passed over: {"server":{"host":"db2","port":5433,"tls":{"mode":"verify-full","rootCertificate":"/ca.pem"}},"signIn":{"entra":{"user":"u"}},"database":"copy","owners":"omit","grants":"keep","roles":true,"keepFailed":true}
$`, c.out.String())

	var some command
	require.Zero(t, some.run(t.Context(), "restore", "shop/a", "--point", "p1", "--to-server", "db2", "--to-database", "shop", "--table", `s."a,b"`, "--table", "c",
		"--schema", "d", "--with-children", "--data-only", "--connections", "8", "--wait"), some.errs.String())
	require.Contains(t, some.out.String(), "Rows of recovery point p1 of shop/a are in database shop on db2")
	require.Contains(t, some.out.String(), `"connections":8,"tables":["s.\"a,b\"","c"],"schemas":["d"],"withChildren":true,"content":"data"}`)

	for flag, want := range map[string]string{"--schema-only": "only one of", "--roles": "do not go with", "--keep-failed": "do not go with", "--with-children": "goes with --table"} {
		var wrong command
		require.Equal(t, 2, wrong.run(t.Context(), "restore", "shop/a", "--to-server", "db2", "--to-database", "shop", "--data-only", flag))
		require.Contains(t, wrong.errs.String(), want)
	}

	var files command
	require.Zero(t, files.run(t.Context(), "restore", "shop/a", "--to-container", "https://acct.example/restored", "--prefix", "x/", "--wait"), files.errs.String())
	require.Contains(t, files.out.String(), "is in https://acct.example/restored:\n  x/manifest.json\n")
}

func TestValidate(t *testing.T) {
	t.Parallel()
	server(t)
	var c command
	require.Equal(t, 1, c.run(t.Context(), "validate", "fine", "lacking"))
	golden(t, "validate.txt", c.out.String())
	require.Empty(t, c.errs.String())

	var asYAML command
	require.Equal(t, 1, asYAML.run(t.Context(), "validate", "lacking", "-o", "yaml"))
	golden(t, "validate.yaml", asYAML.out.String())

	var fine command
	require.Zero(t, fine.run(t.Context(), "validate", "fine"))
}

func TestGrantsPrintsSQL(t *testing.T) {
	t.Parallel()
	server(t)
	var c command
	require.Zero(t, c.run(t.Context(), "grants", "lacking"))
	require.Equal(t, "GRANT SELECT ON TABLE public.a TO backup;\n", c.out.String())
	require.Contains(t, c.errs.String(), "rows of public.b are hidden")
	var all command
	require.Zero(t, all.run(t.Context(), "grants", "lacking", "--read-all-data"))
	require.Equal(t, "GRANT pg_read_all_data TO backup;\n", all.out.String())
	var none command
	require.Zero(t, none.run(t.Context(), "grants", "fine"))
	require.Empty(t, none.out.String())
	require.Contains(t, none.errs.String(), "lacks no grant")
}

func TestReplayOfOtherWorkflowsHistoryFails(t *testing.T) {
	t.Parallel()
	server(t)
	var c command
	require.Zero(t, c.run(t.Context(), "backup", "good/replayed", "--wait"), c.errs.String())
	id, _, _ := cutLine(c.out.String())
	file := filepath.Join(t.TempDir(), "history.json")
	var replayed command
	require.Equal(t, 1, replayed.run(t.Context(), "replay", id, "--export", file), "the fake's history is not what the real workflow does")
	require.Contains(t, replayed.out.String(), `Backup started {"instance":"good/replayed"}`)
	require.Contains(t, replayed.errs.String(), "this version would not do what the history did")

	var shown command
	require.Zero(t, shown.run(t.Context(), "jobs", "show", id), shown.errs.String())
	require.Equal(t, replayed.out.String(), shown.out.String())
	require.Regexp(t, `Backup started .*\n(?s:.*) completed\n$`, shown.out.String())

	var fromFile command
	require.Equal(t, 1, fromFile.run(t.Context(), "replay", "--file", file))
	require.Equal(t, replayed.out.String(), fromFile.out.String())
	var missing command
	require.Equal(t, 1, missing.run(t.Context(), "replay", "no/such/job"))
	require.Contains(t, missing.errs.String(), "Temporal has no job no/such/job")
}

func TestJobsSaysWhyAStepIsTriedAgain(t *testing.T) {
	t.Parallel()
	server(t)
	var started command
	require.Zero(t, started.run(t.Context(), "backup", "stumbling"), started.errs.String())
	defer close(stood)
	require.Eventually(t, func() bool {
		var c command
		require.Zero(t, c.run(t.Context(), "jobs", "--instance", "stumbling"), c.errs.String())
		if !strings.Contains(c.out.String(), "running, validate: 12 of 40 checks, attempt 2") {
			return false
		}
		require.Regexp(t, `Job backup/stumbling/\S+ tries validate again, attempt 2, since: table a\\u001b is locked\n`, c.errs.String())
		require.NotContains(t, c.errs.String(), "another session")
		return true
	}, soon, look)
	var c command
	require.Zero(t, c.run(t.Context(), "jobs", "--instance", "stumbling", "-o", "json"), c.errs.String())
	require.Contains(t, c.out.String(), `"step": "validate"`)
	require.Contains(t, c.out.String(), `"progress": "12 of 40 checks"`)
	require.Contains(t, c.out.String(), `"attempt": 2`)
	require.Contains(t, c.out.String(), `"lastError": "table a`)
}

func TestJobsListsWithoutAVault(t *testing.T) {
	t.Parallel()
	server(t)
	for _, instance := range []string{"listed", "broken"} {
		var c command
		c.run(t.Context(), "backup", instance, "--wait")
	}
	require.Eventually(t, func() bool {
		var c command
		require.Zero(t, c.run(t.Context(), "jobs", "--instance", "listed", "-o", "json"), c.errs.String())
		var listed document.Jobs
		require.NoError(t, json.Unmarshal([]byte(c.out.String()), &listed))
		return len(listed.Jobs) == 1 && listed.Jobs[0].State == document.Completed && listed.Jobs[0].Trigger == document.OnDemand
	}, soon, look)
	require.Eventually(t, func() bool {
		var c command
		require.Zero(t, c.run(t.Context(), "jobs", "--failed", "--instance", "broken"), c.errs.String())
		require.Contains(t, c.errs.String(), "PGVAULT_VAULT is not set")
		return len(c.out.String()) > 100
	}, soon, look)
}
