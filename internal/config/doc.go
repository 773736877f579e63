// Package config reads pgvault.yaml, the file that says which databases are
// backed up, when, and how long the backups are kept.
//
// [Parse] reports every mistake in the file at once, each with its line, column
// and field. Its result is complete: defaults are filled in and policies are
// resolved into the instances.
//
// The package is pure: no network, no environment. It may import
// internal/failure, internal/instance, internal/policy and internal/suggest.
package config
