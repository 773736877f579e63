// Package config reads pgvault.yaml, the file that says which databases are
// backed up, when, and how long the backups are kept.
//
// [Parse] reports every mistake in the file at once, each with its line,
// column and field. What it returns is complete: defaults are filled in and
// policies are resolved into the instances, so that an [Instance] as JSON is
// the self-contained instance.json of the vault.
//
// The package is pure: no network, no environment. It may import
// internal/failure only.
package config
