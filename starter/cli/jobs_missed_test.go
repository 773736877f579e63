package cli_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/starter/cli"
)

func TestMissedBackupsAreListed(t *testing.T) {
	t.Parallel()
	day := func(n, hour int) time.Time { return time.Date(2026, 11, n, hour, 0, 0, 0, time.UTC) }
	nightly := func(id string) schedule.State {
		return schedule.State{ID: id, Since: day(1, 0), LateActions: 1, Schedule: policy.Schedule{
			Times: []policy.TimeOfDay{{Hour: 2}}, Days: policy.AllDays(), TimeZone: "UTC",
		}}
	}
	job := func(kind, id, instance string, started, ended time.Time) cli.JobRow {
		return cli.JobRow{Operation: kind, ID: id, Instance: instance, Status: "completed", Started: started, Ended: ended}
	}
	rows := []cli.JobRow{
		job("ResumeProtection", "resume/b", "b", day(12, 11), day(12, 12)),
		job("StopProtection", "stop/b", "b", day(11, 11), day(11, 12)),
		job("Backup", "backup/b-2026-11-11T02:00:00Z", "b", day(11, 2), day(11, 3)),
		job("Backup", "backup/a-2026-11-11T02:00:00Z", "a", day(11, 2), day(12, 3)),
		job("ResumeProtection", "resume/c", "c", day(11, 11), day(11, 12)),
	}
	rows, err := cli.WithMissed(rows, []schedule.State{nightly("backup/a"), nightly("backup/b"), nightly("backup/c")}, day(10, 12), day(13, 12))
	require.NoError(t, err)
	var missed []cli.JobRow
	for _, r := range rows {
		if r.Status == "missed" {
			missed = append(missed, r)
		}
	}
	row := func(instance string, n int, reason schedule.Reason, message string) cli.JobRow {
		return cli.JobRow{
			ID: "backup/" + instance + "-" + day(n, 2).Format(time.RFC3339), Operation: "Backup", Instance: instance, Status: "missed",
			Scheduled: day(n, 2), Reason: reason, Message: message, Trigger: "schedule",
		}
	}
	const away = "Temporal was away, or came back when the catch-up window of the schedule was over"
	require.Equal(t, []cli.JobRow{
		row("a", 13, schedule.ReasonAway, away), row("b", 13, schedule.ReasonAway, away), row("c", 13, schedule.ReasonAway, away),
		row("a", 12, schedule.ReasonOverlap, "job backup/a-2026-11-11T02:00:00Z still ran, or waited for a worker"),
		row("c", 12, schedule.ReasonAway, away),
	}, missed)
}
