// Package scale measures sweeps of large vaults, and checks that they read
// nothing but listing pages. It holds tests and benchmarks alone: `make
// bench-sweep` runs them, docs/SCALE.md has what they gave.
//
// Azurite carries a few thousand points; beyond that a stand-in answers List
// Blobs with pages that it makes up as they are asked for. Temporal is a real
// server, and workflow and activities are those that ship.
//
// Imports of this module: none.
package scale
