// Package follow shows the progress of a job to a person who waits for it: on a
// terminal as one line that is drawn again in place, and elsewhere as lines at a
// slowing pace.
//
// A [State] is what is known of the job at one time. [Line] is pure and fits it
// into a width. [Terminal] and [Lines] write.
//
// Imports of this module: internal/failure/printable, internal/progress,
// internal/temporalx.
package follow
