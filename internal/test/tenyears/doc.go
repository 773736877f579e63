// Package tenyears proves the promises of docs/RETENTION.md: its tests simulate
// ten years of a vault in seconds.
//
// Backups that succeed, fail, come late or are taken on demand, outages,
// changed policies, deletions and wrong clocks go through the code that decides
// commits, sweeps and reapplications
// (internal/{policy,retention,reapply,schedule}). After each day the vault is
// compared with an independent implementation of the rules (words_test.go). The
// package contains tests only.
//
// Imports of this module: none.
package tenyears
