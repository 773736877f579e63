package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// SweepSchedule is the ID of the sweep's schedule.
const SweepSchedule = "sweep"

// backupPrefix is the prefix of the IDs of an instance's schedules and backup
// jobs.
const backupPrefix = "backup/"

// BackupSchedule returns the ID of an instance's first schedule. It is also the
// prefix of the workflow IDs of the schedule's jobs.
func BackupSchedule(instance string) string { return backupPrefix + instance }

// NthBackupSchedule returns the ID of an instance's schedule by its index in
// the policy. Instance names have no colon.
func NthBackupSchedule(instance string, n int) string {
	if n == 0 {
		return BackupSchedule(instance)
	}
	return fmt.Sprintf("%s:%d", BackupSchedule(instance), n+1)
}

// FirstSchedule returns the ID of the first schedule of the same instance.
func FirstSchedule(id string) string {
	first, _, _ := strings.Cut(id, ":")
	return first
}

// InstanceOfSchedule returns the instance of a backup schedule, and false for
// any other schedule.
func InstanceOfSchedule(id string) (instance string, ok bool) {
	return strings.CutPrefix(FirstSchedule(id), backupPrefix)
}

// scheduledTime is the layout of the time that Temporal appends to the workflow
// ID of a schedule's job.
const scheduledTime = "2006-01-02T15:04:05Z"

// ScheduleOf returns the schedule and the scheduled time of a job, from the
// job's workflow ID.
func ScheduleOf(id string) (scheduleID string, at time.Time, ok bool) {
	cut := len(id) - len(scheduledTime) - 1
	if cut <= 0 || id[cut] != '-' {
		return "", time.Time{}, false
	}
	at, err := time.Parse(scheduledTime, id[cut+1:])
	return id[:cut], at, err == nil
}

// ScheduledID returns the workflow ID of a schedule's job for the given time.
func ScheduledID(scheduleID string, at time.Time) string {
	return scheduleID + "-" + at.UTC().Format(scheduledTime)
}

// drillPrefix is the prefix of the IDs of schedules of drills.
const drillPrefix = KindDrill + "/"

// DrillSchedule returns the ID of the schedule of an instance's drills.
func DrillSchedule(instance string) string { return drillPrefix + instance }

// IsDrillSchedule reports whether an ID is that of a schedule of drills, or of a drill.
func IsDrillSchedule(id string) bool { return strings.HasPrefix(id, drillPrefix) }

// DrillRunID returns the workflow ID of the child that does the work of a drill
// on a server. At most one workflow has it at a time.
func DrillRunID(server string) string { return "drill-run/" + strings.ToLower(server) }

// BackupRunID returns the workflow ID of the child that does the work of an
// instance's backups. At most one workflow has it at a time.
func BackupRunID(instance string) string { return "backup-run/" + instance }

// Kinds of jobs that people start. The kind is the first part of the workflow
// ID.
const (
	KindBackup   = "backup"
	KindRestore  = "restore"
	KindSweep    = "sweep"
	KindValidate = "validate"
	KindDelete   = "delete"
	KindUndelete = "undelete"
	KindStop     = "stop"
	KindResume   = "resume"
	KindReapply  = "reapply"
	KindVerify   = "verify"
	KindScrub    = "scrub"
	KindDrill    = "drill"
	KindNotify   = "notify"
	// KindNotifyTest is the kind of a test. A test that fails is no alert that was
	// not delivered.
	KindNotifyTest = "notify-test"
)

// ID returns the workflow ID of a job that a person starts. unique
// distinguishes it from other jobs. instance is empty for a sweep.
func ID(kind, instance, unique string) string {
	if instance == "" {
		return kind + "/" + unique
	}
	return kind + "/" + instance + "/" + unique
}

// unpublishedPrefix is the prefix of the names of databases that are being
// restored.
const unpublishedPrefix = "pgvault_restore_"

// UnpublishedDatabase returns the name of a restore's database until it is
// published. run is the run ID that resets of the job keep. The name contains
// the end of the run ID, which is random; its beginning is a time and equal for
// all runs of a minute.
func UnpublishedDatabase(run string) string {
	return unpublishedPrefix + run[max(0, len(run)-12):]
}

// drillDatabasePrefix is the prefix of the names of databases of drills.
const drillDatabasePrefix = "pgvault_drill_"

// DrillDatabases returns what the names of all databases of a vault's drills
// begin with. Vaults may share a scratch server.
func DrillDatabases(vaultID string) string {
	sum := sha256.Sum256([]byte(vaultID))
	return drillDatabasePrefix + hex.EncodeToString(sum[:4]) + "_"
}

// DrillRunDatabases returns the prefix of the names of the databases of one drill.
// run is the run ID that resets of the job keep, and its end is random.
func DrillRunDatabases(vaultID, run string) string {
	return DrillDatabases(vaultID) + run[max(0, len(run)-12):] + "_"
}

// DrillDatabase returns the name of the database into which a drill restores a point.
// The point is a part of it, so that no step takes the database for another point's.
func DrillDatabase(vaultID, run, instance, point string) string {
	sum := sha256.Sum256([]byte(instance + "/" + point))
	return DrillRunDatabases(vaultID, run) + hex.EncodeToString(sum[:6])
}
