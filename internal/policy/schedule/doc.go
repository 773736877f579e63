// Package schedule derives the schedules of a vault from its instances and their
// policies. It is pure; package temporalx creates them on the server. It may
// import internal/instance and internal/policy.
package schedule
