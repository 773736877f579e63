// Package retention decides which recovery points to remove.
//
// [Plan] and [Planner] are pure: for the same points and time they return the
// same decisions, each with its reason. The newest good point of an instance
// stays until a person deletes it, whatever the clock, policy and state, so
// that a series of failures removes nothing. On request, the newest point that a
// drill has proven stays too. A Planner takes the points one by one and keeps
// almost none of them, so that a listing of any length can be planned page by
// page.
//
// Imports of this module: none.
package retention
