package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"

	printed "github.com/pgvault/pgvault/starter/cli/document"
)

// TestMissedBackupsAreListed has real schedules miss their times: Temporal is away
// past the catch-up window of one, and no worker takes the job of the other before
// its next time.
func TestMissedBackupsAreListed(t *testing.T) {
	t.Parallel()
	env := localenvtest.Env(t)
	var err error
	env.Temporal, err = localenv.StartTemporal(t.Context(), localenv.TemporalOptions{})
	require.NoError(t, err)
	t.Cleanup(env.Temporal.Stop)
	w := newWorldIn(t, env, nil)
	late, waiting := w.unprotected(t, ""), w.unprotected(t, "")
	late.Policy, waiting.Policy = "once", "twice"
	first := time.Now().UTC().Truncate(time.Minute).Add(2 * time.Minute)
	second := first.Add(time.Minute)
	w.schedulesAt(t, first, second, late, waiting)
	w.shortenCatchUp(t, late)

	env.Temporal.Halt()
	waitUntil(t, first.Add(20*time.Second))
	require.NoError(t, env.Temporal.Start(t.Context()))

	var missed map[string]string
	require.Eventually(t, func() bool {
		missed = w.missed(t)
		return len(missed) == 2
	}, patience+3*time.Minute, time.Second, "two backups are missed: %v", &missed)
	require.Equal(t, "Temporal was away, or came back when the catch-up window of the schedule was over", missed[scheduledJob(late, first)])
	require.Equal(t, "job "+scheduledJob(waiting, first)+" still ran, or waited for a worker", missed[scheduledJob(waiting, second)])

	w.startWorker(t)
	require.NoError(t, w.awaitEnd(t, scheduledJob(waiting, first)))
	points := w.points(t, waiting)
	require.Len(t, points, 1)
	require.True(t, strings.HasPrefix(points[0], first.Format("20060102T150405Z")), "the point stands for the time of its schedule: %s", points[0])
}

// schedulesAt applies the instances with two policies: one with one schedule,
// and one with two.
func (w *world) schedulesAt(t *testing.T, first, second time.Time, instances ...instance) {
	t.Helper()
	yaml := make([]string, 0, len(instances))
	for _, i := range instances {
		w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
		yaml = append(yaml, i.yaml())
	}
	policies := fmt.Sprintf(`policies:
  once: {schedule: {times: ["%[1]s"]}, retention: {Default: 30d}}
  twice: {schedule: {times: ["%[1]s", "%[2]s"]}, retention: {Default: 30d}}
`, first.Format("15:04"), second.Format("15:04"))
	path := filepath.Join(w.dir, "missed.yaml")
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(w.file(yaml...), "policies:\n", policies, 1)), 0o600))
	w.ok(t, "apply", "-f", path)
}

// shortenCatchUp sets the window of an instance's schedule to the shortest that
// Temporal allows; pgvault.yaml allows none below ten minutes.
func (w *world) shortenCatchUp(t *testing.T, i instance) {
	t.Helper()
	err := w.temporal.ScheduleClient().GetHandle(t.Context(), "backup/"+i.Name).Update(t.Context(), client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			in.Description.Schedule.Policy.CatchupWindow = 10 * time.Second
			return &client.ScheduleUpdate{Schedule: &in.Description.Schedule}, nil
		},
	})
	require.NoError(t, err)
	// The server answers before the change is visible.
	eventually(t, func() bool { return w.schedule(t, "backup/"+i.Name).Policy.CatchupWindow == 10*time.Second }, "the window does not change")
}

// scheduledJob returns the ID of the job that an instance's schedule starts at
// a time.
func scheduledJob(i instance, at time.Time) string {
	return "backup/" + i.Name + "-" + at.Format(time.RFC3339)
}

// missed returns the reasons of the missed backups in `pgvault jobs`, by the
// IDs of their jobs.
func (w *world) missed(t *testing.T) map[string]string {
	t.Helper()
	var listed printed.Jobs
	require.NoError(t, json.Unmarshal([]byte(w.ok(t, "jobs", "-o", "json")), &listed))
	reasons := map[string]string{}
	for _, r := range listed.Jobs {
		if r.State == printed.Missed {
			reasons[r.ID] = r.Message
		}
	}
	return reasons
}

// waitUntil returns at the given time. Only tests about the clock use it.
func waitUntil(t *testing.T, at time.Time) {
	t.Helper()
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}
