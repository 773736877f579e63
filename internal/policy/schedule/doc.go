// Package schedule derives the schedules of a vault from its instances and
// their policies. It is pure; package temporalx creates them on the server.
//
// Imports of this module: internal/instance, internal/jobs, internal/policy.
package schedule
