// Package reapply decides how a policy that has changed holds for the recovery
// points that there are already.
//
// It is pure: [Plan] gives each change, to be shown before it is made. A point
// that the storage has locked, or that a person has asked to be kept, may be
// kept longer by it and never shorter.
//
// Imports of this module: internal/blobstore, internal/failure,
// internal/policy, internal/vault, internal/vault/manifest.
package reapply
