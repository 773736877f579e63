// Package preflight makes every check that a backup depends on, and reports
// all that it finds at once.
//
// A check that needs an earlier one is left out when that one found something;
// all others run. Nothing is changed anywhere.
//
// Imports of this module: internal/blobstore, internal/failure,
// internal/instance, internal/postgres, internal/postgres/grants,
// internal/postgres/pgtools, internal/progress, internal/signin.
package preflight
