// Package estate tells the state of a vault and of each of its instances: which
// databases are protected, how fresh their backups are, and what is wrong.
//
// [Compute] is a pure function of a listing of the vault, the schedules and jobs on
// the Temporal server, and the storage's clock. Its result is the only source of
// `pgvault status`, the page, the metrics and the alerts, so that they agree. The
// list of problems is complete: an estate without one is well.
//
// Texts of jobs, blobs and databases are a stranger's. The package passes them on
// as they are, and those that show them escape them.
//
// Imports of this module: internal/failure, internal/instance, internal/jobs,
// internal/policy, internal/policy/schedule, internal/policy/scrub, internal/proof,
// internal/vault.
package estate
