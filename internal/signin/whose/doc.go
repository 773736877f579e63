// Package whose says in errors whose sign-in to Azure failed, and how to get one: an
// identity is assigned to a worker, and a person signs in by `az login`.
//
// Imports of this module: none.
package whose
