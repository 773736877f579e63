// Package vault defines the layout of a vault's container.
//
// A recovery point exists if its manifest does. The manifest is written last,
// create-only. Listings use names and blob metadata only and read no blob.
// Deletions are ordered so that a crash never leaves a point that looks good
// and is not.
//
// docs/FORMAT.md describes the layout for users.
//
// Imports of this module: internal/blobstore, internal/failure,
// internal/instance, internal/jobs, internal/policy, internal/policy/scrub,
// internal/proof, internal/proof/chain, internal/trust, internal/vault/manifest,
// internal/vault/statement.
package vault
