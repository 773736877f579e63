// Package config reads pgvault.yaml, the file that says which databases are
// backed up, when, and how long the backups are kept.
//
// [Parse] reports every mistake in the file at once, each with its line, column
// and field. Its result is complete: defaults are filled in and policies are
// resolved into the instances.
//
// The package is pure: no network, no environment.
//
// Imports of this module: internal/config/yamlreader, internal/instance,
// internal/policy, internal/suggest.
package config
