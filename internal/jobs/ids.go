package jobs

import (
	"fmt"
	"strings"
	"time"
)

// SweepSchedule is the ID of the sweep's schedule.
const SweepSchedule = "sweep"

// backupPrefix begins the IDs of an instance's schedules and of its backup jobs.
const backupPrefix = "backup/"

// BackupSchedule returns the ID of an instance's first schedule. The ID also
// begins the workflow ID of each job that the schedule starts.
func BackupSchedule(instance string) string { return backupPrefix + instance }

// NthBackupSchedule returns the ID of an instance's schedule by its place in the
// policy, counted from 0. The name of an instance has no colon.
func NthBackupSchedule(instance string, n int) string {
	if n == 0 {
		return BackupSchedule(instance)
	}
	return fmt.Sprintf("%s:%d", BackupSchedule(instance), n+1)
}

// FirstSchedule returns the ID of the first schedule of the instance that a
// schedule belongs to.
func FirstSchedule(id string) string {
	first, _, _ := strings.Cut(id, ":")
	return first
}

// InstanceOfSchedule returns the instance whose backups a schedule starts. It
// reports false for any other schedule.
func InstanceOfSchedule(id string) (instance string, ok bool) {
	return strings.CutPrefix(FirstSchedule(id), backupPrefix)
}

// scheduledTime is the form of the time that Temporal adds to the workflow ID of
// a schedule's job.
const scheduledTime = "2006-01-02T15:04:05Z"

// ScheduleOf returns the schedule that started a job and the time that the job
// stands for, both from the job's workflow ID.
func ScheduleOf(id string) (scheduleID string, at time.Time, ok bool) {
	cut := len(id) - len(scheduledTime) - 1
	if cut <= 0 || id[cut] != '-' {
		return "", time.Time{}, false
	}
	at, err := time.Parse(scheduledTime, id[cut+1:])
	return id[:cut], at, err == nil
}

// ScheduledID returns the workflow ID of the job that a schedule starts for a time.
func ScheduledID(scheduleID string, at time.Time) string {
	return scheduleID + "-" + at.UTC().Format(scheduledTime)
}

// BackupRunID returns the workflow ID of the work of an instance's backups. At
// most one workflow has it at a time.
func BackupRunID(instance string) string { return "backup-run/" + instance }

// Kinds of jobs that people start, the first part of their workflow IDs.
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
)

// ID returns the workflow ID of a job that a person starts. unique makes it
// different from the IDs of all other jobs. instance is empty for a sweep.
func ID(kind, instance, unique string) string {
	if instance == "" {
		return kind + "/" + unique
	}
	return kind + "/" + instance + "/" + unique
}

// unpublishedPrefix begins the names of databases that are being restored.
const unpublishedPrefix = "pgvault_restore_"

// UnpublishedDatabase returns the name under which a restore makes its database,
// until it is whole. run is the run ID that resets of the job keep. The name has
// the end of it, which is random: its beginning is a time, and the same for all
// runs of a minute.
func UnpublishedDatabase(run string) string {
	return unpublishedPrefix + run[max(0, len(run)-12):]
}
