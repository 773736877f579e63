// Package progress counts what a long step has moved, and ends a step that
// moves nothing.
//
// A [Meter] is written from the data path with atomic operations only, and read
// from elsewhere, so that a slow reader never holds a stream back. [Watch] is
// the watchdog on it, and [Pace] spaces the reports of its readings.
//
// Imports of this module: internal/failure, internal/outage.
package progress
