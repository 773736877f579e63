package schedule

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
)

// Desired is a desired schedule.
type Desired struct {
	ID       string
	Times    []policy.TimeOfDay
	Days     []policy.Weekday
	TimeZone string
	Jitter   time.Duration
	// Every is the time between two starts of a schedule without times.
	Every time.Duration
	// CatchUp is how late a job may start after an outage.
	CatchUp time.Duration
	// PauseOnFailure pauses the schedule after a failed job, until a person
	// resumes it.
	PauseOnFailure bool
	// Stopped keeps the schedule paused because the instance's protection is
	// stopped.
	Stopped bool

	// WorkflowType and Input are those of the jobs that the schedule starts.
	WorkflowType string
	Input        json.RawMessage
	// Instance and Database are marks of the jobs; both are empty for the sweep,
	// the scrub and the watch.
	Instance, Database string
	// Summary is one line and Details is Markdown, both for Temporal's UI.
	Summary, Details string
}

// Desire returns the schedules of a vault: the sweep's, those of each instance in
// the given order, with that of its drill last, the scrub's if there is one, and the
// watch's.
func Desire(vault instance.VaultSettings, instances []instance.Instance) ([]Desired, error) {
	all := []Desired{sweep(vault)}
	for _, i := range instances {
		for n := range i.Policy.Schedules {
			one, err := backup(i, n)
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
		if i.Drill == nil || i.Drill.Schedule == nil {
			continue
		}
		one, err := drill(i)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	if vault.Scrub != nil {
		all = append(all, scrub(vault))
	}
	return append(all, watch(vault)), nil
}

// watch returns the schedule of the watch. After an outage it starts once, since
// only one of its times is within the catch-up window.
func watch(v instance.VaultSettings) Desired {
	return Desired{
		ID: jobs.WatchSchedule, Every: jobs.WatchInterval, CatchUp: jobs.WatchInterval,
		WorkflowType: jobs.TypeWatch, Input: json.RawMessage(`{}`), Summary: "Watch",
		Details: "Looks for missing backups and other problems in " + v.Container + ", and raises and resolves alerts.",
	}
}

func sweep(v instance.VaultSettings) Desired {
	d := timed(v.Sweep.Schedule)
	d.ID = jobs.SweepSchedule
	d.WorkflowType = jobs.TypeRetentionSweep
	d.Input = json.RawMessage(`{}`)
	// A sweep deletes. After a failed sweep, none follows until a person
	// resumes the schedule.
	d.PauseOnFailure = true
	d.Summary = "Retention sweep"
	d.Details = "Removes expired recovery points and the remains of failed attempts from " + v.Container + "."
	return d
}

// scrub returns the schedule of scrubs. A damaged point fails a scrub, and the
// others are read all the same.
func scrub(v instance.VaultSettings) Desired {
	d := timed(v.Scrub.Schedule)
	d.ID = jobs.ScrubSchedule
	d.WorkflowType = jobs.TypeScrub
	d.Input = json.RawMessage(`{}`)
	d.Summary = "Scrub"
	d.Details = fmt.Sprintf("Reads stored recovery points of %s back, each at least once in %s.", v.Container, v.Scrub.Every)
	return d
}

func backup(i instance.Instance, n int) (Desired, error) {
	input, err := json.Marshal(jobs.BackupInput{Instance: i.Name})
	if err != nil {
		return Desired{}, fmt.Errorf("write the input of %s's schedule: %w", i.Name, err)
	}
	d := timed(i.Policy.Schedules[n])
	d.ID = jobs.NthBackupSchedule(i.Name, n)
	d.WorkflowType = jobs.TypeBackup
	d.Input = input
	d.Instance, d.Database = i.Name, i.Database
	// An instance's name may have 120 characters, and Temporal's UI shows 200.
	d.Summary = "Backup of " + i.Name
	d.Details = fmt.Sprintf("Database `%s` on `%s`, by policy `%s`: %s.", i.Database, i.Server.Host, i.Policy.Name, words(i.Policy.Schedules[n]))
	return d, nil
}

// drill returns the schedule of an instance's drills.
func drill(i instance.Instance) (Desired, error) {
	input, err := json.Marshal(jobs.DrillInput{Instance: i.Name})
	if err != nil {
		return Desired{}, fmt.Errorf("write the input of %s's schedule of drills: %w", i.Name, err)
	}
	d := timed(*i.Drill.Schedule)
	d.ID = jobs.DrillSchedule(i.Name)
	d.WorkflowType = jobs.TypeDrill
	d.Input = input
	d.Instance, d.Database = i.Name, i.Database
	d.Summary = "Drill of " + i.Name
	d.Details = fmt.Sprintf("Restores the %s point of `%s` to `%s` and compares it with what was dumped: %s.", i.Drill.Points, i.Name, i.Drill.Server.Host, words(*i.Drill.Schedule))
	return d, nil
}

func timed(s policy.Schedule) Desired {
	return Desired{Times: s.Times, Days: s.Days, TimeZone: s.TimeZone, Jitter: s.Jitter.Std(), CatchUp: s.CatchUpWindow.Std()}
}

// words describes a schedule: "02:30, 22:30 UTC every day".
func words(s policy.Schedule) string {
	times := make([]string, len(s.Times))
	for i, t := range s.Times {
		times[i] = t.String()
	}
	days := make([]string, len(s.Days))
	for i, d := range s.Days {
		days[i] = d.String()
	}
	on := "on " + strings.Join(days, ", ")
	if len(s.Days) == len(policy.AllDays()) {
		on = "every day"
	}
	return fmt.Sprintf("%s %s %s", strings.Join(times, ", "), s.TimeZone, on)
}
