// Package statementtest has a signer for tests, and trust files that pin its key.
//
// Imports of this module: internal/trust, internal/vault/statement.
package statementtest
