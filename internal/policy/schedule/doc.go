// Package schedule derives the schedules of a vault from its instances and
// their policies, and finds missed backups. It is pure; package temporalx
// creates the schedules on the server.
//
// Imports of this module: internal/instance, internal/jobs, internal/policy.
package schedule
