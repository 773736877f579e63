// Package reporttest makes sample reports.
//
// Imports of this module: internal/policy, internal/policy/scrub, internal/proof,
// internal/proof/chain, internal/proof/report.
package reporttest
