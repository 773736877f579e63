// Package scrub decides which recovery points a scrub reads back, and computes
// which share of a vault was read recently.
//
// It is pure: the points come from listings, and the time is handed in. A
// [Planner] takes the points one by one and keeps only its choice, so that a listing
// of any length can be planned.
//
// Imports of this module: internal/failure/clock, internal/policy.
package scrub
