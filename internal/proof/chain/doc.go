// Package chain verifies the chain of an instance's records of drills.
//
// A record has the hash of the one before, and a manifest has the hash of the record
// that was the newest at its commit. So the package notices a record that was
// removed, changed, reordered or inserted, and one that was cut off at the end once a
// manifest has named it. The package is pure: blobs, times, keys and anchors are
// handed in.
//
// Imports of this module: internal/proof, internal/trust, internal/vault/statement.
package chain
