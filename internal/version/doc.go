// Package version reports what a program was built from: its version, its
// commit and the version of Go.
//
// The go command writes all of it into each program that it builds from a
// checkout or from a published module, so that no flag of the linker is needed.
//
// Imports of this module: none.
package version
