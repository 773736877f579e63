// Package events has the events that a worker logs, each with its level and its
// fields. A line of a log is one of them, or one of Temporal's SDK, whose lines
// have the logger "temporal". docs/OPERATIONS.md lists them.
//
// Imports of this module: none.
package events
