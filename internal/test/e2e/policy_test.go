package e2e_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
)

// ruled returns a world with one instance under a policy of two schedules.
func ruled(t *testing.T) (*world, instance, func(retention string) string) {
	t.Helper()
	w := newWorld(t, nil)
	i := w.unprotected(t, "CREATE TABLE t (i int)")
	w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
	return w, i, func(policy string) string {
		return strings.Replace(w.file(i.yaml()), `    schedule: {times: ["00:01"], days: [Sun]}
    retention: {Default: 30d}`, policy, 1)
	}
}

const twoSchedules = `    schedules:
      - {times: ["02:00"], days: [Mon, Thu]}
      - {times: ["14:00"], days: [Wed]}
`

const allRules = "    retention: {Default: 30d, Weekly: 12w, Monthly: {standard: 6m, archive: 24m}}\n"

// The rule of a point is decided at its commit, from the points that its
// schedules have made before.
func TestPolicyDecidesAtCommit(t *testing.T) {
	t.Parallel()
	w, i, file := ruled(t)
	first, second := "backup/"+i.Name, "backup/"+i.Name+":2"
	out := w.applied(t, file(twoSchedules+allRules))
	require.Contains(t, out, "schedule "+first+": created")
	require.Contains(t, out, "schedule "+second+": created")
	w.startWorker(t)

	w.backfill(t, i, first, "2026-05-28T00:00:00Z", "2026-06-01T12:00:00Z", 2)
	w.recordHistory(t, w.made(t, i, "20260601"), "backup_completed_scheduled")
	w.recordHistory(t, i.workID(), "backuprun_completed_scheduled")
	w.backfill(t, i, first, "2026-06-01T12:00:00Z", "2026-06-11T12:00:00Z", 5)
	w.backfill(t, i, second, "2026-06-10T00:00:00Z", "2026-06-11T00:00:00Z", 6)
	require.Equal(t, map[string]string{
		"20260528T020000Z": "Monthly", "20260601T020000Z": "Monthly", "20260604T020000Z": "Default",
		"20260608T020000Z": "Weekly", "20260610T140000Z": "Default", "20260611T020000Z": "Default",
	}, w.rules(t, i))
	for _, point := range w.points(t, i) {
		m := w.manifest(t, i, point)
		if strings.HasPrefix(point, "20260601") {
			require.Equal(t, "6m, then 24m in archive", m.at(t, "retention.keep"))
			require.Equal(t, "2026-12-01T02:00:00Z", m.at(t, "retention.archiveAt"))
			require.Equal(t, "2028-12-01T02:00:00Z", m.at(t, "retention.expires"))
		}
		if strings.HasPrefix(point, "20260610") {
			require.Equal(t, second, m.at(t, "job.scheduleID"))
		}
	}

	t.Log("a changed policy holds for these too once it is reapplied")
	w.applied(t, file(twoSchedules+"    retention: {Default: 60d, Monthly: {standard: 1y, archive: 24m}}\n"))
	before := w.rules(t, i)
	out = w.ok(t, "policy", "reapply", i.Name)
	require.Regexp(t, `20260608T020000Z-\w+ +Weekly → Default +`, out)
	require.Regexp(t, `20260601T020000Z-\w+ +Monthly +2026-12-01 → 2027-06-01 +2028-12-01 → 2029-06-01`, out)
	require.Equal(t, before, w.rules(t, i))
	w.ok(t, "policy", "reapply", i.Name, "--apply")
	require.Equal(t, []string{"Default", "Monthly"}, slices.Compact(slices.Sorted(maps.Values(w.rules(t, i)))))
	require.Empty(t, w.reapplied(t, i))

	t.Log("protection stops and resumes all schedules, and one that is dropped is removed")
	w.ok(t, "stop", i.Name, "--retain-forever", "--wait")
	require.True(t, w.schedule(t, first).State.Paused && w.schedule(t, second).State.Paused)
	w.ok(t, "resume", i.Name, "--wait")
	require.False(t, w.schedule(t, first).State.Paused || w.schedule(t, second).State.Paused)
	eventually(t, func() bool {
		return strings.Contains(w.applied(t, file("    schedule: {times: [\"02:00\"], days: [Mon, Thu]}\n"+allRules)), "schedule "+second+": removed")
	}, "the second schedule is not removed")
	_, err := w.temporal.ScheduleClient().GetHandle(t.Context(), second).Describe(t.Context())
	require.Error(t, err)
}

// Only a scheduled point that can be restored counts as the first of a period.
func TestWhatCountsAsTheFirst(t *testing.T) {
	t.Parallel()
	w, i, file := ruled(t)
	w.applied(t, file(twoSchedules+"    retention: {Default: 30d, Yearly: 2y}\n"))
	w.startWorker(t)
	rule := func(point string) string { return w.manifest(t, i, point).at(t, "retention.rule") }

	require.Equal(t, "Default", rule(w.backup(t, i)))
	require.Equal(t, "Yearly", rule(w.backup(t, i, "--retention-rule", "Yearly")))
	require.Contains(t, w.failing(t, "UserErrorRetentionRuleNotFound", "backup", i.Name, "--retention-rule", "Weekly", "--wait"), "Yearly, Default")

	deleted := w.triggered(t, i)
	require.Equal(t, "Yearly", rule(deleted), "what was taken on demand takes nothing away")
	require.Contains(t, w.card(t, i.workID()), "rule Yearly, kept until 20")
	require.Equal(t, "Default", rule(w.triggered(t, i)))
	w.ok(t, "delete", i.Name, "--point", deleted, "--wait")
	require.Equal(t, "Default", rule(w.triggered(t, i)), "the second one is there, and has become the first")
	w.damage(t, i)
	require.Equal(t, "Yearly", rule(w.triggered(t, i)), "none of those before can be restored")
}

// backfill makes a schedule start its missed jobs and waits until the instance
// has the given number of points.
func (w *world) backfill(t *testing.T, i instance, id, from, to string, points int) {
	t.Helper()
	start, err := time.Parse(time.RFC3339, from)
	require.NoError(t, err)
	end, err := time.Parse(time.RFC3339, to)
	require.NoError(t, err)
	require.NoError(t, w.temporal.ScheduleClient().GetHandle(t.Context(), id).Backfill(t.Context(), client.ScheduleBackfillOptions{
		Backfill: []client.ScheduleBackfill{{Start: start, End: end, Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL}},
	}))
	eventually(t, func() bool { return len(w.points(t, i)) == points }, "the schedule did not make up for what it missed")
	for _, point := range w.points(t, i) {
		require.NoError(t, w.awaitEnd(t, w.manifest(t, i, point).at(t, "job.workflowID")))
	}
}

// made returns the job that made the point of a time.
func (w *world) made(t *testing.T, i instance, at string) string {
	t.Helper()
	points := w.points(t, i)
	n := slices.IndexFunc(points, func(p string) bool { return strings.HasPrefix(p, at) })
	require.GreaterOrEqual(t, n, 0, "%s is not among %s", at, points)
	return w.manifest(t, i, points[n]).at(t, "job.workflowID")
}

// triggered makes the instance's first schedule start a backup now and returns
// its point.
func (w *world) triggered(t *testing.T, i instance) string {
	t.Helper()
	before := w.points(t, i)
	require.NoError(t, w.temporal.ScheduleClient().GetHandle(t.Context(), "backup/"+i.Name).Trigger(t.Context(), client.ScheduleTriggerOptions{}))
	var made []string
	eventually(t, func() bool {
		made = slices.DeleteFunc(w.points(t, i), func(p string) bool { return slices.Contains(before, p) })
		return len(made) == 1
	}, "the schedule made no point")
	require.NoError(t, w.awaitEnd(t, w.manifest(t, i, made[0]).at(t, "job.workflowID")))
	return made[0]
}

// rules returns the rules of an instance's points, by time.
func (w *world) rules(t *testing.T, i instance) map[string]string {
	t.Helper()
	rules := map[string]string{}
	for _, p := range w.listed(t, i) {
		at, _, _ := strings.Cut(p.ID, "-")
		rules[at] = p.Rule
	}
	return rules
}
