// Package reapply decides how a changed policy affects existing recovery
// points.
//
// It is pure. [Plan] returns the changes, to be shown before they are made. A
// policy may extend the retention of a point that is locked, or that a person
// asked to keep, and never shortens it.
//
// Imports of this module: internal/blobstore, internal/failure,
// internal/policy, internal/vault, internal/vault/manifest,
// internal/vault/statement.
package reapply
