// Package sweep removes expired recovery points and orphaned blobs from a
// vault.
//
// [retention.Planner] alone decides what to remove. It is pure, as are [Rules]
// and [Planned], which prepare its input. This package walks over listing
// pages, asks which jobs are running, and deletes points concurrently. It works
// in stretches of some pages, from cursor to cursor, and can be stopped at any
// moment. It deletes nothing if its clock and the storage's disagree. A
// [Locker] locks the points that a sweep found to lack a lock.
//
// Imports of this module: internal/blobstore, internal/failure,
// internal/failure/clock, internal/instance, internal/jobs,
// internal/policy/retention, internal/vault.
package sweep
