package e2e_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
)

// One test from the first apply to a point that a schedule made: each step
// needs the one before.
func TestSchedules(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	i, other := w.unprotected(t, ""), w.unprotected(t, "")
	w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
	file := func(policy string, instances ...instance) string {
		yaml := make([]string, 0, len(instances))
		for _, i := range instances {
			yaml = append(yaml, i.yaml())
		}
		return strings.Replace(w.file(yaml...), `schedule: {times: ["00:01"], days: [Sun]}
    retention`, "schedule: "+policy+"\n    retention", 1)
	}
	policy := `{times: ["22:30", "02:30"], days: [Tue, Sat], timeZone: Europe/Berlin, jitter: 7m, catchUpWindow: 3h}`

	out := w.applied(t, file(policy, i, other))
	for _, text := range []string{"PgvaultErrorCode: registered", "schedule sweep: created", "schedule backup/" + i.Name + ": created"} {
		require.Contains(t, out, text)
	}
	found := w.schedule(t, "backup/"+i.Name)
	require.Equal(t, enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, found.Policy.Overlap)
	require.Equal(t, 3*time.Hour, found.Policy.CatchupWindow)
	require.Equal(t, 7*time.Minute, found.Spec.Jitter)
	require.Equal(t, "Europe/Berlin", found.Spec.TimeZoneName)
	require.Equal(t, []string{"Sat 02:30", "Sat 22:30", "Tue 02:30", "Tue 22:30"}, starts(t, found.Spec))
	require.False(t, found.State.Paused)
	require.Equal(t, 6*time.Hour, w.schedule(t, "sweep").Policy.CatchupWindow, "the default is hours, not Temporal's year")

	require.Equal(t, "Nothing to change.\n", w.applied(t, file(policy, i, other)))

	t.Log("a changed policy changes the schedules of its instances alone")
	changed := strings.Replace(policy, "02:30", "03:15", 1)
	out = w.applied(t, file(changed, i, other))
	require.Contains(t, out, "schedule backup/"+i.Name+": updated")
	require.NotContains(t, out, "schedule sweep")
	require.Contains(t, starts(t, w.schedule(t, "backup/"+i.Name).Spec), "Tue 03:15")

	t.Log("an instance taken out is paused, and nothing is deleted")
	before := w.blobs(t, "instances/"+other.Name+"/")
	out = w.applied(t, file(changed, i))
	require.Contains(t, out, "schedule backup/"+other.Name+": paused")
	require.True(t, w.schedule(t, "backup/"+other.Name).State.Paused)
	require.False(t, w.schedule(t, "backup/"+i.Name).State.Paused)
	require.Equal(t, before, w.blobs(t, "instances/"+other.Name+"/"))
	require.Equal(t, "Nothing to change.\n", w.applied(t, file(changed, i)))

	t.Log("an instance put back is resumed")
	require.Contains(t, w.applied(t, file(changed, i, other)), "schedule backup/"+other.Name+": resumed")
	require.False(t, w.schedule(t, "backup/"+other.Name).State.Paused)

	t.Log("a person's own pause stays")
	handle := w.temporal.ScheduleClient().GetHandle(t.Context(), "backup/"+other.Name)
	require.NoError(t, handle.Pause(t.Context(), client.SchedulePauseOptions{Note: "moving the server"}))
	require.Equal(t, "Nothing to change.\n", w.applied(t, file(changed, i, other)))
	require.True(t, w.schedule(t, "backup/"+other.Name).State.Paused)

	w.startWorker(t)
	w.triggers(t, i)
}

// triggers makes a schedule start a backup now, and checks the result.
func (w *world) triggers(t *testing.T, i instance) {
	id := "backup/" + i.Name
	handle := w.temporal.ScheduleClient().GetHandle(t.Context(), id)
	require.NoError(t, handle.Trigger(t.Context(), client.ScheduleTriggerOptions{}))
	eventually(t, func() bool { return len(w.points(t, i)) == 1 }, "the schedule made no point")
	point := w.points(t, i)[0]
	m := w.manifest(t, i, point)
	require.Equal(t, "schedule", m.at(t, "job.trigger"))
	require.Equal(t, id, m.at(t, "job.scheduleID"))
	job := m.at(t, "job.workflowID")
	require.True(t, strings.HasPrefix(job, id+"-"), job)
	require.NoError(t, w.awaitEnd(t, job))
	attributes := w.attributes(t, job)
	require.Equal(t, i.Name, attributes["PgvaultInstance"])
	require.Equal(t, i.Database, attributes["PgvaultDatabase"])
	require.Equal(t, point, attributes["PgvaultPoint"])
	require.Equal(t, "schedule", w.record(t, job)["trigger"])

	// The sweep's schedule needs no input either.
	handle = w.temporal.ScheduleClient().GetHandle(t.Context(), "sweep")
	require.NoError(t, handle.Trigger(t.Context(), client.ScheduleTriggerOptions{}))
	var sweep string
	eventually(t, func() bool {
		for _, action := range w.description(t, "sweep").Info.RecentActions {
			sweep = action.StartWorkflowResult.WorkflowID
		}
		return sweep != ""
	}, "the schedule started no sweep")
	require.NoError(t, w.awaitEnd(t, sweep))
}

// applied applies a file and returns the command's output.
func (w *world) applied(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(w.dir, "schedules.yaml")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return w.ok(t, "apply", "-f", path)
}

func (w *world) schedule(t *testing.T, id string) client.Schedule {
	t.Helper()
	return w.description(t, id).Schedule
}

func (w *world) description(t *testing.T, id string) *client.ScheduleDescription {
	t.Helper()
	found, err := w.temporal.ScheduleClient().GetHandle(t.Context(), id).Describe(t.Context())
	require.NoError(t, err)
	return found
}

// starts returns the times of a week, such as "Tue 02:30".
func starts(t *testing.T, spec *client.ScheduleSpec) []string {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range spec.Calendars {
		for _, day := range c.DayOfWeek {
			for d := day.Start; d <= max(day.Start, day.End); d++ {
				require.Len(t, c.Hour, 1)
				require.Len(t, c.Minute, 1)
				at := time.Date(2026, 11, 1+d, c.Hour[0].Start, c.Minute[0].Start, 0, 0, time.UTC) // a Sunday is day 1
				seen[at.Format("Mon 15:04")] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
