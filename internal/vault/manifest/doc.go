// Package manifest is the form of a recovery point's manifest.
//
// A manifest is the mark that makes a backup a recovery point: it is written
// last, once, and never changed. It holds what a person needs to restore ten
// years from now without this program; docs/FORMAT.md explains each field.
//
// Imports of this module: none.
package manifest
