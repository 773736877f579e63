// Package preflight runs every check that a backup depends on, and reports all
// findings at once.
//
// A check is skipped if an earlier check that it depends on failed. The checks
// change nothing.
//
// Imports of this module: internal/blobstore, internal/failure,
// internal/instance, internal/postgres, internal/postgres/grants,
// internal/postgres/pgtools, internal/progress, internal/signin.
package preflight
