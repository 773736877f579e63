// Package parallel does the same to many things, several at a time.
//
// It promises that errors come in the order of the things, whichever failed
// first, and each names its thing; and that what fails everywhere does not take
// the time of all.
//
// Imports of this module: none.
package parallel
