// Package activities implements the steps of the jobs.
//
// An activity is thin: it heartbeats, calls the packages of internal, and
// returns their errors. The worker's interceptor (internal/temporalx) converts
// the errors. Every activity may run twice at the same time, and may have
// finished without its result having been recorded; the comment of each says
// why that is harmless.
//
// The activities are grouped by the rights they need, so that each group can
// have an identity of its own: [Backup], [Restore], [Prune], [Watch],
// [Delivery] and [Jobs].
//
// Inputs and results are stored in Temporal's histories. They name secrets and
// never contain one.
//
// Imports of this module: internal/blobstore, internal/blobstore/memory,
// internal/dump, internal/estate/alert, internal/estate/notify,
// internal/estate/survey, internal/failure, internal/failure/clock,
// internal/instance, internal/jobs, internal/outage, internal/policy,
// internal/policy/schedule, internal/policy/scrub, internal/postgres,
// internal/postgres/pgtools, internal/preflight, internal/progress,
// internal/proof, internal/proof/checks, internal/restore,
// internal/restore/rights, internal/restore/selection, internal/signin,
// internal/signin/azure, internal/temporalx, internal/temporalx/events,
// internal/trust, internal/vault, internal/vault/manifest,
// internal/vault/reapply, internal/vault/statement, internal/vault/sweep.
package activities
