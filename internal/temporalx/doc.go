// Package temporalx connects this program to Temporal: the client's
// configuration, the marks of jobs, the conversion of errors, and the requests
// of the commands (schedules, listings, resets, replays).
//
// Errors are converted once. An activity returns the result of [FromActivity],
// and [Failure] returns the code, the object and the remedy of an error from
// Temporal.
//
// Imports of this module: internal/estate, internal/estate/metrics,
// internal/estate/survey, internal/failure, internal/failure/clock,
// internal/failure/printable, internal/jobs, internal/outage, internal/policy,
// internal/policy/schedule, internal/temporalx/events, internal/temporalx/parallel,
// internal/version.
package temporalx
