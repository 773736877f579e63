package document

import (
	"time"

	"github.com/pgvault/pgvault/internal/estate"
)

// InstanceStatus is the state of an instance.
type InstanceStatus struct {
	Name       string           `json:"name"`
	Database   string           `json:"database"`
	Server     string           `json:"server"`
	Policy     string           `json:"policy"`
	Protection ProtectionStatus `json:"protection"`
	Freshness  Freshness        `json:"freshness"`
	Objective  Objective        `json:"objective"`
	// ProtectedSince is the time from which backups are expected.
	ProtectedSince time.Time `json:"protectedSince,omitzero"`
	// LastGood is the newest good point; absent if there is none.
	LastGood *PointStatus `json:"lastGood,omitempty"`
	// Recent are the last 30 points, oldest first, good or not.
	Recent []PointStatus `json:"recent"`
	// Damaged are the IDs of the points that cannot be restored.
	Damaged []string `json:"damaged"`
	// Deleted are the points that can be undeleted.
	Deleted []DeletedPoint `json:"deleted"`
	// Tiers counts the points by access tier, deleted ones included.
	Tiers map[string]Count `json:"tiers"`
	// LastFailure is the last failed backup. It may be older than lastGood.
	LastFailure *JobFailure `json:"lastFailure,omitempty"`
	// Drill is the state of the drills; absent if none are configured and none were
	// done.
	Drill *DrillStatus `json:"drill,omitempty"`
	// Scrub is the part of the points that was read back in time; absent without
	// scrubs.
	Scrub *Coverage `json:"scrub,omitempty"`
	// Running is the running backup; absent if none runs.
	Running *RunningBackup `json:"running,omitempty"`
	// Next is the next start of a backup; absent if there is none.
	Next time.Time `json:"next,omitzero"`
	// Missed are the starts of the last days that made no backup, oldest first.
	Missed []time.Time `json:"missed"`
	// Failures are the failed backups of the last days, oldest first.
	Failures []JobFailure `json:"failures"`
	// Calendar has the last 35 days, oldest first.
	Calendar []Day `json:"calendar"`
	// Problems are the worst first.
	Problems []Problem `json:"problems"`
}

// Freshness is the state of the newest good point of an instance.
type Freshness string

// The states of freshness, the best first.
const (
	Fresh Freshness = "fresh"
	// Waiting means that the first good point is not due yet.
	Waiting Freshness = "waiting"
	// Late means that a start is overdue.
	Late Freshness = "late"
	// Stale means that the newest good point is older than the objective.
	Stale Freshness = "stale"
	// Never means that there is no good point, and should be one.
	Never Freshness = "never"
	// Unwatched means that the protection is stopped.
	Unwatched Freshness = "unwatched"
)

// ProtectionStatus is the state of the protection of an instance.
type ProtectionStatus struct {
	State ScheduleState `json:"state"`
	// Mode says what happens to the points of a stopped instance.
	Mode ProtectionState `json:"mode,omitempty"`
	// Since is the time of the last stop or resumption.
	Since time.Time `json:"since,omitzero"`
	// By is the unverified identity of the person.
	By     string `json:"by,omitempty"`
	Reason string `json:"reason,omitempty"`
	// HeldSchedules are the schedules that start no jobs.
	HeldSchedules []HeldSchedule `json:"heldSchedules"`
}

// ScheduleState is whether backups of an instance are made.
type ScheduleState string

// The states.
const (
	Scheduled ScheduleState = "protected"
	// Stopped means that a person stopped the protection by pgvault.
	Stopped ScheduleState = "stopped"
	// NotScheduled means that a schedule is paused or missing, though the protection
	// was not stopped.
	NotScheduled ScheduleState = "not-scheduled"
)

// HeldSchedule is a schedule that starts no jobs though it should.
type HeldSchedule struct {
	ID string `json:"id"`
	// Missing reports whether it does not exist. Otherwise it is paused.
	Missing bool `json:"missing"`
	// Note is the note of the pause.
	Note string `json:"note,omitempty"`
}

// Objective is the age that the newest good point must not exceed.
type Objective struct {
	MaxAgeSeconds int64           `json:"maxAgeSeconds"`
	From          ObjectiveOrigin `json:"from"`
}

// ObjectiveOrigin is where an objective comes from.
type ObjectiveOrigin string

// The origins.
const (
	FromInstance ObjectiveOrigin = "instance"
	FromPolicy   ObjectiveOrigin = "policy"
	// FromSchedule means that it follows from the schedule.
	FromSchedule ObjectiveOrigin = "schedule"
)

// PointStatus is a point in the history of an instance.
type PointStatus struct {
	// Point is the ID of the recovery point.
	Point string `json:"point"`
	// At is the time for which the point was made.
	At time.Time `json:"at"`
	// Committed is when it was stored, by the storage's clock.
	Committed time.Time `json:"committed"`
	DumpBytes int64     `json:"dumpBytes"`
	// TookSeconds is the time from the start of the dump to the commit; absent if it is
	// unknown.
	TookSeconds float64 `json:"tookSeconds,omitempty"`
	Good        bool    `json:"good"`
}

// DeletedPoint is a point that can be undeleted.
type DeletedPoint struct {
	// Point is the ID of the recovery point.
	Point string    `json:"point"`
	At    time.Time `json:"at,omitzero"`
	// Until is until when; absent if it is unknown.
	Until  time.Time `json:"until,omitzero"`
	By     string    `json:"by,omitempty"`
	Reason string    `json:"reason,omitempty"`
	// BySweep reports whether a sweep deleted it, since it had expired.
	BySweep bool `json:"bySweep"`
}

// RunningBackup is a running backup.
type RunningBackup struct {
	// Job is the ID of the job.
	Job     string    `json:"job"`
	RunID   string    `json:"runID"`
	Started time.Time `json:"started"`
	Step    string    `json:"step,omitempty"`
	// Phase is what the job waits for.
	Phase string `json:"phase,omitempty"`
	// Attempt counts the attempts of the step from 1.
	Attempt int `json:"attempt,omitempty"`
	// LastError is why the attempt before failed.
	LastError string `json:"lastError,omitempty"`
}

// Day counts the backups of a day.
type Day struct {
	// Date is the day in UTC, such as "2026-11-28".
	Date    string `json:"date"`
	Good    int    `json:"good"`
	Damaged int    `json:"damaged"`
	Failed  int    `json:"failed"`
	Missed  int    `json:"missed"`
}

// DrillStatus is the state of the drills of an instance.
type DrillStatus struct {
	// Scheduled reports whether drills are started by a schedule.
	Scheduled bool      `json:"scheduled"`
	Next      time.Time `json:"next,omitzero"`
	// Due is until when a newer proof is due.
	Due time.Time `json:"due,omitzero"`
	// Records counts the records.
	Records int `json:"records"`
	// Last is the newest drill; absent if there was none.
	Last *DrillSummary `json:"last,omitempty"`
	// LastProven is the newest drill in which nothing spoke against the point.
	LastProven *DrillSummary `json:"lastProven,omitempty"`
	// RestoreSeconds is the median of the newest measured times to restore.
	RestoreSeconds float64 `json:"restoreSeconds,omitempty"`
	// EarlierRestoreSeconds is the median of those before.
	EarlierRestoreSeconds float64 `json:"earlierRestoreSeconds,omitempty"`
	// Doubt is why the newest record is not accepted; absent if it is.
	Doubt       string      `json:"doubt,omitempty"`
	LastFailure *JobFailure `json:"lastFailure,omitempty"`
}

// DrillSummary is a drill.
type DrillSummary struct {
	// Sequence is the number of the record.
	Sequence int `json:"sequence"`
	// Point is the ID of the recovery point.
	Point   string    `json:"point"`
	Verdict Verdict   `json:"verdict"`
	At      time.Time `json:"at"`
	// RestoreSeconds is absent if the restore did not come to its end.
	RestoreSeconds float64 `json:"restoreSeconds,omitempty"`
}

func instanceStatusOf(i estate.Instance) InstanceStatus {
	p := i.Protection
	return InstanceStatus{
		Name: i.Name, Database: i.Database, Server: i.Server, Policy: i.Policy,
		Protection: ProtectionStatus{
			ScheduleState(p.State), ProtectionState(hyphenated(string(p.Mode))), p.Since, p.By, p.Reason,
			each(p.Held, func(h estate.HeldSchedule) HeldSchedule { return HeldSchedule(h) }),
		},
		Freshness: Freshness(i.Freshness), Objective: Objective{i.Objective.Seconds, ObjectiveOrigin(i.Objective.From)},
		ProtectedSince: i.ProtectedSince, LastGood: maybe(i.LastGood, pointStatusOf), Recent: each(i.Recent, pointStatusOf), Damaged: i.Damaged,
		Deleted: each(i.Deleted, func(d estate.Deletion) DeletedPoint {
			return DeletedPoint{d.Point, d.At, d.Until, d.By, d.Reason, d.Sweep}
		}),
		Tiers: tiersOf(i.Tiers), LastFailure: maybe(i.LastFailure, jobFailureOf), Drill: maybe(i.Drill, drillStatusOf),
		Scrub: maybe(i.Scrub, coverageOf), Running: maybe(i.Running, runningBackupOf), Next: i.Next, Missed: i.Missed,
		Failures: each(i.Failures, jobFailureOf), Calendar: each(i.Calendar, func(d estate.Day) Day { return Day(d) }), Problems: each(i.Problems, problemOf),
	}
}

func pointStatusOf(b estate.Backup) PointStatus {
	return PointStatus{b.Point, b.At, b.Committed, b.Bytes, b.Seconds, b.Good}
}

func runningBackupOf(r estate.Running) RunningBackup {
	return RunningBackup{r.Job, r.RunID, r.Started, StepOf(r.Step), r.Phase, r.Attempt, r.LastError}
}

func drillStatusOf(d estate.Drill) DrillStatus {
	summary := func(p estate.Proof) DrillSummary {
		return DrillSummary{p.Sequence, p.Point, Verdict(p.Verdict), p.At, p.RestoreSeconds}
	}
	return DrillStatus{
		d.Scheduled, d.Next, d.Due, d.Records, maybe(d.Last, summary), maybe(d.LastProven, summary), d.RestoreSeconds, d.EarlierRestoreSeconds,
		d.Doubt, maybe(d.LastFailure, jobFailureOf),
	}
}
