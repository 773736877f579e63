// Package activities holds the steps of the jobs.
//
// An activity is thin: it heartbeats, calls the packages of internal, and
// returns their errors. The mapping of an error to Temporal happens once, in
// the worker's interceptor (internal/temporalx). Every activity may run twice
// at the same time, and may have finished without its result having been
// recorded; each says in its comment why that does no harm.
//
// The activities are grouped by the rights they need, so that each group can
// be given an identity of its own: [Backup], [Restore], [Prune] and [Jobs].
//
// Inputs and results stand in Temporal's histories: they name secrets, and
// never hold one.
//
// Imports of this module: internal/blobstore, internal/dump, internal/failure,
// internal/instance, internal/jobs, internal/outage, internal/policy,
// internal/policy/schedule, internal/postgres, internal/postgres/pgtools,
// internal/preflight, internal/progress, internal/restore,
// internal/restore/selection, internal/signin, internal/temporalx,
// internal/vault, internal/vault/manifest, internal/vault/reapply,
// internal/vault/sweep.
package activities
