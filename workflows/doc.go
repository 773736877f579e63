// Package workflows implements the jobs: one workflow in each file, or two that
// are opposites.
//
// A workflow orders activities, keeps the status card, and decides what to do
// if a step fails or the job is cancelled. It is deterministic: it has no
// clock, randomness or I/O of its own.
//
// Type names and inputs are public, since people type them into Temporal's UI:
// [Backup], [Restore], [Verify], [Scrub], [RetentionSweep], [DeletePoint],
// [UndeletePoint], [StopProtection], [ResumeProtection], [ReapplyPolicy],
// [Validate], [Watch] and [Notify]. Each takes one JSON object; unknown fields are
// errors. [BackupRun] is the child that does a backup's work, under a workflow ID
// that excludes a second one. [Alerts] holds the state of alerts, and is started by
// [Watch].
//
// Imports of this module: activities, internal/estate, internal/estate/alert,
// internal/failure, internal/failure/printable, internal/instance,
// internal/jobs, internal/progress, internal/proof, internal/temporalx,
// internal/temporalx/events, internal/vault.
package workflows
