// Package workflows holds the jobs: one workflow a file, or two that are each
// other's opposites.
//
// A workflow orders activities, keeps the status card, and decides what to do
// when a step fails or the job is cancelled. It is deterministic: no clock,
// randomness, input or output of its own. It may import Temporal's SDK,
// package activities, internal/temporalx, and of the other packages of internal
// what is pure: names, codes, checks and texts.
//
// Type names and inputs are public, since people type them into Temporal's UI:
// [Backup], [Restore], [RetentionSweep], [DeletePoint], [UndeletePoint],
// [StopProtection], [ResumeProtection], [ReapplyPolicy] and [Validate]. Each takes
// one JSON object; unknown fields are errors. [BackupRun] is the child that does a
// backup's work, under a workflow ID that excludes a second one.
package workflows
