// Package vault knows what stands where in a vault's container.
//
// A recovery point exists when its manifest does, and the manifest is written
// last, create-only. Listings answer from names and blob metadata alone: nothing
// is read per point. Deleting goes in an order in which a crash half-way leaves
// no point that looks good and is not.
//
// docs/FORMAT.md tells the same to people.
//
// Imports of this module: internal/blobstore, internal/failure,
// internal/instance, internal/jobs, internal/policy, internal/vault/manifest.
package vault
