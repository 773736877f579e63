// Package progress counts the data that a long step moves, and ends a step that
// has stalled.
//
// The data path writes to a [Meter] with atomic operations only, so that a slow
// reader of the meter never delays a stream. [Watch] is the watchdog, and
// [Pace] spaces the reports of its readings.
//
// Imports of this module: internal/failure, internal/outage.
package progress
