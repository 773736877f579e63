// Package failure gives every error a user can act on a code, the object at
// fault, and the remedy.
//
// Lower packages return an [*Error] where they know the cause, and plain
// wrapped errors elsewhere. The activity boundary maps either of them to
// Temporal exactly once: codes that begin with "UserError" are never retried,
// everything else is a fault of the world and is.
//
// Imports of this module: none.
package failure
