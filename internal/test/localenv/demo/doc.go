// Package demo shows pgvault at work in a running local environment: it types
// the commands that a person would, and compares the restored database with
// the original by means of its own, PostgreSQL's pg_dump and SQL.
//
// Imports of this module: internal/test/localenv/dev.
package demo
