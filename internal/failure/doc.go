// Package failure defines errors with a code, the object at fault and a remedy,
// for every error that a user can act on.
//
// Lower packages return an [*Error] where they know the cause, and plain
// wrapped errors elsewhere. The activity boundary converts both to Temporal's
// form once. Codes that begin with "UserError" are never retried; others are
// faults of the environment and are retried.
//
// Imports of this module: none.
package failure
