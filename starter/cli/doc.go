// Package cli holds the commands of pgvault, one a file.
//
// A command reads its flags, asks Temporal or the vault, and prints. Jobs run
// on the workers: the command that starts one only watches, and the job goes
// on when the command is interrupted.
//
// Results go to Out, and everything else (progress, notes, errors) to Err. The
// exit status is 0 when all is done, 1 when the job or a check failed, and 2
// for wrong usage; an interrupted command exits as the shell expects, with 130.
//
// Imports of this module: internal/blobstore, internal/blobstore/azureblob,
// internal/clock, internal/config, internal/failure, internal/instance,
// internal/jobs, internal/policy, internal/policy/azurepolicy,
// internal/policy/schedule, internal/policy/simulate,
// internal/policy/simulate/picture, internal/postgres,
// internal/postgres/grants, internal/progress, internal/secret,
// internal/signin, internal/signin/azure, internal/temporalx,
// internal/temporalx/parallel, internal/trust, internal/vault,
// internal/vault/manifest, internal/vault/reapply, internal/vault/sweep,
// internal/version, workflows.
package cli
