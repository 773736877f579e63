// Package scale measures sweeps of large vaults, and checks that they read
// listing pages only. It contains tests and benchmarks only. `make bench-sweep`
// runs them; docs/SCALE.md has the results.
//
// Azurite can hold a few thousand points. For more, a stand-in answers List
// Blobs with pages generated on request. Temporal is a real server, and the
// workflow and activities are the real ones.
//
// Imports of this module: none.
package scale
