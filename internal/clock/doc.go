// Package clock compares the clock of this machine with others, and says whose
// is wrong.
//
// It reads no clock: the times are handed in.
//
// Imports of this module: internal/failure.
package clock
