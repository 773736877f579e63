// Package simulate computes which points a policy keeps over years, in which
// tier, and how much storage they take.
//
// It decides nothing itself. Every backup goes through the code of a commit
// (internal/policy), every sweep through the planner of sweeps
// (internal/policy/retention), and every scrub through that of scrubs
// (internal/policy/scrub), with a simulated clock. It is pure: randomness
// comes from a seed. [Singles] returns the rules for which a single failed
// backup leaves a period without a point.
//
// Imports of this module: internal/instance, internal/policy,
// internal/policy/retention, internal/policy/schedule, internal/policy/scrub.
package simulate
