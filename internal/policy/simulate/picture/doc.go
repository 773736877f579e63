// Package picture draws a simulated policy as an SVG: the recovery points by
// rule and tier on a line of time, how many there are, and what they store.
//
// It is pure: the same result gives the same bytes.
//
// Imports of this module: internal/policy/simulate.
package picture
