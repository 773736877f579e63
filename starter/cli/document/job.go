package document

import (
	"strings"
	"unicode"

	"github.com/pgvault/pgvault/internal/jobs"
)

// JobOf is the document of a command that starts a job with results of type R.
type JobOf[R any] struct {
	// Job is the started job; with --wait, in its final state.
	Job Job `json:"job"`
	// Result is absent without --wait, and if the job did not complete.
	Result *R `json:"result,omitempty"`
	Outcome
}

// Job is a job that a command has started.
type Job struct {
	// ID is the ID of the workflow.
	ID string `json:"id"`
	// RunID is the ID of the workflow's run.
	RunID string  `json:"runID"`
	Type  JobType `json:"type"`
	// Instance is absent for a job of the vault.
	Instance string   `json:"instance,omitempty"`
	State    JobState `json:"state"`
}

// JobState is the state of a job.
type JobState string

// The states of jobs.
const (
	// Running is the state of a job that has not ended, as far as the command knows.
	Running   JobState = "running"
	Completed JobState = "completed"
	Failed    JobState = "failed"
	Cancelled JobState = "cancelled"
	// Terminated is the state of a job that a person ended by force.
	Terminated JobState = "terminated"
	TimedOut   JobState = "timed-out"
	// Continued is the state of a run that another run of the same job continues.
	Continued JobState = "continued"
	// Missed is the state of a scheduled backup that was not started.
	Missed JobState = "missed"
)

// JobType is what a job does.
type JobType string

// The types of jobs.
const (
	TypeBackup   JobType = "backup"
	TypeRestore  JobType = "restore"
	TypeValidate JobType = "validate"
	TypeVerify   JobType = "verify"
	TypeScrub    JobType = "scrub"
	TypeDrill    JobType = "drill"
	TypeSweep    JobType = "sweep"
	TypeDelete   JobType = "delete"
	TypeUndelete JobType = "undelete"
	TypeStop     JobType = "stop"
	TypeResume   JobType = "resume"
	TypeReapply  JobType = "reapply"
	TypeNotify   JobType = "notify"
	TypeWatch    JobType = "watch"
	TypeAlerts   JobType = "alerts"
	// TypeOther is a workflow that this version does not know.
	TypeOther JobType = "other"
)

// TypeOf returns the type of a job whose workflow has the type.
func TypeOf(workflow string) JobType {
	known, ok := map[string]JobType{
		jobs.TypeBackup: TypeBackup, jobs.TypeBackupRun: TypeBackup, jobs.TypeRestore: TypeRestore, jobs.TypeValidate: TypeValidate,
		jobs.TypeVerify: TypeVerify, jobs.TypeScrub: TypeScrub, jobs.TypeDrill: TypeDrill, jobs.TypeDrillRun: TypeDrill,
		jobs.TypeRetentionSweep: TypeSweep, jobs.TypeDeletePoint: TypeDelete, jobs.TypeUndeletePoint: TypeUndelete,
		jobs.TypeStopProtection: TypeStop, jobs.TypeResumeProtection: TypeResume, jobs.TypeReapplyPolicy: TypeReapply,
		jobs.TypeNotify: TypeNotify, jobs.TypeWatch: TypeWatch, jobs.TypeAlerts: TypeAlerts,
	}[workflow]
	if !ok {
		return TypeOther
	}
	return known
}

// StateOf returns the state for the status of a job, such as "timed out".
func StateOf(status string) JobState { return JobState(hyphenated(status)) }

// StepOf returns a step's name as documents have it: "restore-database".
func StepOf(activity string) string {
	var b strings.Builder
	for i, r := range activity {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// hyphenated returns words as a value of an enumeration: "cut off" is "cut-off".
func hyphenated(words string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(words), ",", ""), " ", "-")
}
