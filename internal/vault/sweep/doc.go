// Package sweep removes from a vault what retention no longer keeps.
//
// What goes is decided by [retention.Planner] alone, which is pure, as are
// [Rules] and [Planned], which say what it is given. This package walks over
// listing pages, asks which jobs still run, and deletes, many points side by
// side. It works in stretches of some pages, from cursor to cursor, and can be
// stopped at any moment. It stops before it has deleted anything when its clock
// and the storage's disagree. What a sweep has found to lack a lock, a [Locker]
// locks.
//
// Imports of this module: internal/blobstore, internal/clock, internal/failure,
// internal/instance, internal/policy/retention, internal/vault.
package sweep
