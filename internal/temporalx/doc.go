// Package temporalx is the glue between this program and Temporal: how a
// client is configured, what jobs are called and marked with, how errors cross
// the boundary, and what the commands ask of the server (schedules, listings,
// resets, replays).
//
// Errors cross once: an activity returns what [FromActivity] makes of its
// error, and whoever reads an error of Temporal's asks [Failure] for the code,
// the object and the remedy.
//
// Imports of this module: internal/clock, internal/failure, internal/jobs,
// internal/outage, internal/parallel, internal/policy,
// internal/policy/schedule.
package temporalx
