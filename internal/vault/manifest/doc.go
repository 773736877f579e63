// Package manifest encodes and decodes the manifest of a recovery point.
//
// A backup becomes a recovery point when its manifest is written: last, once,
// and never changed. The manifest holds what a person needs to restore ten
// years from now without this program. docs/FORMAT.md explains each field.
//
// Imports of this module: none.
package manifest
