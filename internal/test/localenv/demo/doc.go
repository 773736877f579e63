// Package demo demonstrates pgvault in a running local environment: it runs the
// commands that a person would type. The last of them are a drill, which restores
// the backup to another server and compares it with the original, and its evidence.
//
// Imports of this module: internal/test/localenv/dev.
package demo
