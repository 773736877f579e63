// Command pgvault-worker runs the jobs of one vault.
//
// It polls a task queue for workflows and two task queues for each of its roles,
// which are backup, restore, prune and watch: one for short steps, and one for steps
// that move a whole database or go through the whole vault, of which it runs only a
// few concurrently. Settings come from the environment; `pgvault-worker -help` lists them.
//
// Imports of this module: activities, internal/archive, internal/blobstore,
// internal/blobstore/azureblob, internal/blobstore/memory, internal/estate,
// internal/estate/metrics, internal/estate/notify, internal/estate/page,
// internal/estate/survey, internal/failure, internal/failure/printable,
// internal/instance, internal/jobs, internal/outage, internal/postgres/pgtools,
// internal/signin, internal/signin/azure, internal/temporalx,
// internal/temporalx/events, internal/trust, internal/vault,
// internal/vault/statement, internal/vault/statement/keyvault,
// internal/version, workflows.
package main
