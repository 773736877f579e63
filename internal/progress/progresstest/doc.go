// Package progresstest has a clock for tests of stall watches on slow
// connections. Hours pass on it at once, and the watch sees every change.
//
// Imports of this module: none.
package progresstest
