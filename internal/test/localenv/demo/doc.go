// Package demo demonstrates pgvault in a running local environment: it runs the
// commands that a person would type, and compares the restored database with
// the original using only PostgreSQL's pg_dump and SQL.
//
// Imports of this module: internal/test/localenv/dev.
package demo
