// Package config parses pgvault.yaml, which defines the databases to back up,
// the schedules, and how long the backups are kept.
//
// [Parse] reports every mistake in the file at once, each with its line, column
// and field. Its result is complete: defaults are filled in, and each instance
// has its policy.
//
// The package is pure: it uses no network and no environment.
//
// Imports of this module: internal/config/yamlreader, internal/failure,
// internal/failure/suggest, internal/instance, internal/policy, internal/progress.
package config
