// Package workflows holds the jobs: one workflow a file, or two that are each
// other's opposites.
//
// A workflow orders activities, keeps the status card, and decides what to do
// when a step fails or the job is cancelled. It is deterministic: no clock,
// randomness, input or output of its own.
//
// Type names and inputs are public, since people type them into Temporal's UI:
// [Backup], [Restore], [RetentionSweep], [DeletePoint], [UndeletePoint],
// [StopProtection], [ResumeProtection], [ReapplyPolicy] and [Validate]. Each takes
// one JSON object; unknown fields are errors. [BackupRun] is the child that does a
// backup's work, under a workflow ID that excludes a second one.
//
// Imports of this module: activities, internal/failure, internal/jobs,
// internal/progress, internal/temporalx, internal/vault.
package workflows
