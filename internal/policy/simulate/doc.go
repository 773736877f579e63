// Package simulate says what a policy would keep over years: when, in which
// tier, and how much that stores.
//
// It decides nothing itself. Every backup goes through the code that a commit
// goes through (internal/policy), and every sweep through the planner of the
// sweeps (internal/policy/retention), on a clock of its own. It is pure: chance
// comes from a seed. [Singles] tells which rules have nothing to fall back on
// when a backup fails.
//
// Imports of this module: internal/policy, internal/policy/retention,
// internal/policy/schedule.
package simulate
