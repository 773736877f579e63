// Package progresstest has a clock for tests of what a stall watch thinks of a
// slow line: hours pass on it in no time, and none passes unseen by the watch.
//
// Imports of this module: none.
package progresstest
