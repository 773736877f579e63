package e2e_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	printed "github.com/pgvault/pgvault/starter/cli/document"
)

// TestJSON runs commands for JSON against real jobs. Each run checks that its standard
// output is one document that fits the documented schema.
func TestJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	i := w.drilled(t, "CREATE TABLE t AS SELECT generate_series(1, 100) AS n")
	run := func(status int, into any, args ...string) {
		t.Helper()
		r := w.pgvault(t, append(args, "-o", "json")...)
		require.Equal(t, status, r.Code, "%v: %s%s", args, r.Stdout, r.Stderr)
		require.NoError(t, json.Unmarshal([]byte(r.Stdout), into))
	}
	var backup printed.JobOf[printed.Backup]
	run(0, &backup, "backup", i.Name, "--wait")
	require.Equal(t, printed.Completed, backup.Job.State)
	point := backup.Result.Point

	var drill printed.JobOf[printed.Drill]
	run(0, &drill, "drill", i.Name, "--wait")
	require.Equal(t, point, drill.Result.Point)
	require.Positive(t, drill.Result.RestoreSeconds)
	var restore printed.JobOf[printed.Restore]
	to := []string{"restore", i.Name, "--to-server", w.server(), "--to-database", "json_" + i.Database, "--secret", w.administrator(t), "--verify", "--wait"}
	run(0, &restore, to...)
	require.Equal(t, int64(100), restore.Result.Verified.Rows)
	var again printed.JobOf[printed.Restore]
	run(1, &again, to...)
	require.Equal(t, printed.Failed, again.Job.State)
	require.Equal(t, "UserErrorDatabaseNameAlreadyInUse", again.Error.Code)
	require.NotEmpty(t, again.Error.Remedy)
	w.exec(t, "postgres", "DROP DATABASE json_"+i.Database)
	var rerun printed.Rerun
	run(0, &rerun, "rerun", again.Job.ID, "--wait")
	require.Equal(t, printed.Completed, rerun.Job.State)
	require.Equal(t, "json_"+i.Database, rerun.Restore.Database)

	var readings printed.JobOf[printed.Readings]
	run(0, &readings, "verify", i.Name, "--all", "--wait")
	require.Equal(t, 1, readings.Result.Good)
	var deletion printed.JobOf[printed.Deletion]
	run(0, &deletion, "delete", i.Name, "--point", point, "--wait")
	require.False(t, deletion.Result.Until.IsZero())
	var undeletion printed.JobOf[printed.Undeletion]
	run(0, &undeletion, "undelete", i.Name, "--point", point, "--wait")
	var protection printed.JobOf[printed.Protection]
	run(0, &protection, "stop", i.Name, "--retain-as-per-policy", "--wait")
	require.Equal(t, printed.RetainAsPerPolicy, protection.Result.State)
	require.Equal(t, printed.Protected, protection.Result.Before)
	run(0, &protection, "resume", i.Name, "--wait")
	require.Equal(t, printed.Protected, protection.Result.State)
	var sweep printed.JobOf[printed.Sweep]
	run(0, &sweep, "sweep", "--wait")
	require.NotEmpty(t, sweep.Result.Decisions)

	var timeline printed.Timeline
	run(0, &timeline, "jobs", "show", again.Job.ID)
	require.Equal(t, printed.EventStarted, timeline.Events[0].State)
	var found printed.Contents
	run(0, &found, "contents", i.Name)
	require.Equal(t, point, found.Point)
	var validations printed.Validations
	run(0, &validations, "validate", i.Name)
	require.True(t, validations.Passed)
	file := filepath.Join(w.dir, "pgvault.yaml")
	for _, args := range [][]string{
		{"status"}, {"points"}, {"jobs"}, {"grants", i.Name}, {"policy", "show", i.Name}, {"policy", "simulate", i.Name}, {"policy", "reapply", i.Name},
		{"proof", "list", "--all"}, {"proof", "show", i.Name}, {"proof", "report"}, {"apply", "-f", file}, {"trust", "init", "-f", file},
	} {
		r := w.pgvault(t, append(args, "-o", "json")...)
		require.Less(t, r.Code, 2, "%v: %s%s", args, r.Stdout, r.Stderr)
		require.NotContains(t, r.Stdout, `"error": {`, args)
	}
}
