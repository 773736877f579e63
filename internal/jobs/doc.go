// Package jobs is the public contract of jobs: the types, IDs, inputs and results
// of workflows, the names of their steps and queues, and the record that each job
// leaves in the vault.
//
// People type inputs into Temporal's UI and the command line makes them from
// flags. [Decode] reads an input strictly, and its Check method is the one place
// where it is checked. The package is pure.
//
// Imports of this module: internal/failure, internal/instance, internal/policy,
// internal/progress, internal/vault/manifest.
package jobs
