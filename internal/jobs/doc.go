// Package jobs is the public contract of jobs: the types, IDs, inputs and
// results of workflows, the names of their steps and queues, and the record of
// each job in the vault.
//
// People type inputs into Temporal's UI, and the command line makes them from
// flags. [Decode] decodes an input strictly, and only the input's Check method
// checks it. The package is pure.
//
// Imports of this module: internal/failure, internal/failure/printable,
// internal/instance, internal/policy, internal/policy/scrub, internal/progress,
// internal/proof, internal/vault/manifest.
package jobs
