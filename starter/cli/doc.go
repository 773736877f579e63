// Package cli implements the commands of pgvault, one in each file.
//
// A command reads its flags, queries Temporal or the vault, and prints. Jobs run
// on the workers: the command that starts a job only watches it, and the job
// continues if the command is interrupted.
//
// Results go to Out, and everything else (progress, notes, errors) to Err. Each command
// hands its result to answers, as a document for JSON and YAML and as text. The
// exit status is 0 for success, 1 if the job or a check failed, and 2 for wrong
// usage; an interrupted command exits with 130, as the shell expects.
//
// Imports of this module: internal/archive, internal/archive/contents, internal/blobstore, internal/blobstore/azureblob,
// internal/config, internal/estate, internal/estate/page,
// internal/estate/survey, internal/failure, internal/failure/clock,
// internal/failure/printable, internal/failure/suggest, internal/instance,
// internal/jobs, internal/policy, internal/policy/azurepolicy,
// internal/policy/schedule, internal/policy/scrub, internal/policy/simulate,
// internal/policy/simulate/picture, internal/postgres,
// internal/postgres/grants, internal/progress, internal/proof,
// internal/proof/chain, internal/proof/fingerprint, internal/proof/report, internal/secret, internal/signin,
// internal/signin/azure, internal/signin/whose, internal/temporalx, internal/temporalx/parallel,
// internal/trust, internal/vault, internal/vault/manifest,
// internal/vault/reapply, internal/vault/sweep, internal/version, starter/cli/document, starter/cli/follow, workflows.
package cli
