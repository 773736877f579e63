// Package picture draws a simulated policy as an SVG: the recovery points by
// rule and tier over time, their number, and their storage.
//
// It is pure: the same result gives the same bytes.
//
// Imports of this module: internal/policy/simulate.
package picture
