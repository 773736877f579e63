// Package clock compares the clock of this machine with others and finds the
// wrong one.
//
// It reads no clock: the times are arguments.
//
// Imports of this module: internal/failure.
package clock
