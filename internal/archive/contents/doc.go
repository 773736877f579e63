// Package contents lists the objects of a database from the table of contents of
// its archive. It is pure.
//
// [List] returns the objects, and [Pattern] chooses among them.
//
// Imports of this module: internal/archive, internal/failure/suggest,
// internal/proof/fingerprint.
package contents
