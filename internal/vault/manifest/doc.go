// Package manifest is the form of a recovery point's manifest.
//
// A manifest is the mark that makes a backup a recovery point: it is written
// last, once, and never changed. It holds what a person needs to restore ten
// years from now without this program; docs/FORMAT.md explains each field. The
// package imports nothing of this project, so that what is stored changes only
// when somebody changes it here.
package manifest
