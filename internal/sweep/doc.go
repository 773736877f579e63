// Package sweep removes from a vault what retention no longer keeps.
//
// What goes is decided by [retention.Plan] alone, a pure function; this package
// lists, asks which jobs still run, and deletes. It stops before it has deleted
// anything when its clock and the storage's disagree. It may import
// internal/{blobstore,failure,retention,vault}.
package sweep
