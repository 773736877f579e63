// Package simulate says what a policy would keep over years: when, in which
// tier, and how much that stores.
//
// It decides nothing itself. Every backup goes through the code that a commit
// goes through (internal/policy), and every sweep through the planner of the
// sweeps (internal/policy/retention), on a clock of its own. It is pure: chance comes
// from a seed. [Singles] tells which rules have nothing to fall back on when a
// backup fails. It may import internal/{config,policy,retention,schedule}.
package simulate
