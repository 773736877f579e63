// Command pgvault is the command line of a vault: it applies settings, starts
// jobs and lists backups. Jobs run on a pgvault-worker.
//
// Imports of this module: starter/cli.
package main
