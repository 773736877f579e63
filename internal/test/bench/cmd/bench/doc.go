// Command bench measures dumps and restores. See package bench.
//
// Imports of this module: internal/test/bench.
package main
