package events

import "go.uber.org/zap/zapcore"

// ofStep are the fields of each event of a step.
var ofStep = []string{"step", "operation", "instance", "point", "workflow", "run", "attempt", "duration"}

// failedStep are the fields of an event of a step that has failed.
var failedStep = append(ofStep[:len(ofStep):len(ofStep)], "code", "error", "details")

// Events of steps. Each attempt of a step ends with one of them.
var (
	StepDone      = event("step done", zapcore.InfoLevel, "A step has done its work.", ofStep...)
	StepCancelled = event("step cancelled", zapcore.InfoLevel, "A step has ended because its job was cancelled.", ofStep...)
	StepHandedOn  = event("step handed on", zapcore.InfoLevel,
		"A step was given back to the Temporal server: its worker stops, an operator pauses or resets it, or an earlier worker may still do it.", failedStep...)
	StepRetried = event("step retried", zapcore.WarnLevel,
		"An attempt has failed because of a fault that may pass. Another attempt follows.", failedStep...)
	StepFailed = event("step failed", zapcore.WarnLevel,
		"A step has failed for a reason that a person must remove.", failedStep...)
	StepGivenUp = event("step given up", zapcore.ErrorLevel,
		"A step has failed: a fault has lasted for too long, or something is damaged.", failedStep...)
	StepBroken = event("step failed unexpectedly", zapcore.ErrorLevel,
		"An attempt has failed without a known cause. Another one follows if retried is true.", append(failedStep[:len(failedStep):len(failedStep)], "retried", "stack")...)
)

// ofWorkflow are the fields that Temporal's SDK adds to a line of a workflow.
var ofWorkflow = []string{"workflow", "run", "type", "attempt"}

// ofJob are the fields of each event of a job.
var ofJob = append(ofWorkflow[:len(ofWorkflow):len(ofWorkflow)], "job", "operation", "instance", "point", "duration")

// failedJob are the fields of an event of a job that has failed. The error stands in
// the line of the step that has failed, if there is one.
var failedJob = append(ofJob[:len(ofJob):len(ofJob)], "code", "error")

// Events of jobs. Each job ends with one of them.
var (
	JobCompleted = event("job completed", zapcore.InfoLevel, "A job has done its work.", ofJob...)
	JobFlawed    = event("job completed with a flaw", zapcore.WarnLevel,
		"A job has done its work, but for a part that is done later or that a person must do.", failedJob...)
	JobCancelled = event("job cancelled", zapcore.InfoLevel, "A person has cancelled a job.", ofJob...)
	JobFailed    = event("job failed", zapcore.WarnLevel, "A job has failed for a reason that a person must remove.", failedJob...)
	JobBroken    = event("job given up", zapcore.ErrorLevel,
		"A job has failed because of a fault that has lasted for too long, of damage, or of an unknown cause.", failedJob...)
)

// leftover returns the fields of an event of something that a job left behind.
func leftover(what string) []string {
	return append(ofWorkflow[:len(ofWorkflow):len(ofWorkflow)], what, "code", "error")
}

// Events of what a job left behind. The error stands in the line of the step, if
// that has one.
var (
	NotRecorded = event("the job's outcome is not recorded in the vault", zapcore.WarnLevel,
		"Only Temporal knows how the job has ended.", leftover("job")...)
	HoldLeft = event("the hold is left to the sweep", zapcore.WarnLevel,
		"A restore could not release the point that it has read.", leftover("point")...)
	CopyLeft = event("the copy of the archived dump is left to the sweep", zapcore.WarnLevel,
		"A restore could not end the copy of a dump in the archive tier.", leftover("point")...)
	BlobsLeft = event("what the job had stored is left to the sweep", zapcore.WarnLevel,
		"A cancelled backup could not delete its blobs.", leftover("point")...)
	DatabaseLeft = event("the half-restored database is left behind", zapcore.WarnLevel,
		"A failed restore could not drop the database that it had made.", leftover("database")...)
	SchemasLeft = event("the job's schemas are left behind", zapcore.WarnLevel,
		"A restore of tables into an existing database could not drop the schemas that it had made.",
		append(leftover("database"), "schemas")...)
	AttemptsLeft = event("what earlier attempts stored is left to the sweep", zapcore.WarnLevel,
		"A commit could not delete the blobs of earlier attempts beside the recovery point.",
		"step", "workflow", "run", "type", "attempt", "activity", "point", "error")
)

// Events of the alerts.
var (
	SignalIgnored = event("a signal to the alerts is ignored", zapcore.WarnLevel,
		"The signal is not from the watch.", append(ofWorkflow[:len(ofWorkflow):len(ofWorkflow)], "code", "error")...)
	NotNotified = event("the notification is not started", zapcore.ErrorLevel,
		"The Temporal server has refused to start the delivery of an alert.", leftover("notification")...)
)
