// Package tenyears proves what docs/RETENTION.md promises: its tests live
// through ten years of a vault in seconds.
//
// Backups that succeed, fail, come late and are taken by hand, outages, changed
// policies, deletions and wrong clocks go through the code that commits, sweeps
// and reapplications plan with (internal/{policy,retention,reapply,schedule}).
// After each day the vault is held against a statement of the rules that shares
// no code with them (words_test.go). The package holds nothing but tests.
//
// Imports of this module: none.
package tenyears
