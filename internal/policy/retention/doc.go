// Package retention decides which recovery points go.
//
// [Plan] and [Planner] are pure: the same points and the same time give the
// same decisions, each with its reason. Whatever clock, policy and state say,
// the newest good point of an instance stays until a person deletes it, so that
// a run of failures removes nothing. A Planner is given the points one after
// the other and keeps next to nothing of them, so that a listing of any length
// is planned page by page.
//
// Imports of this module: none.
package retention
