// Package e2e tests the programs as they are deployed: the real binaries, a
// real PostgreSQL, a real Temporal server, Azurite over HTTPS, azidentity's own
// credential chain, and stand-ins for Key Vault and managed identity that check
// every token.
//
// It holds tests only. Each test has a world of its own, or an instance of its
// own in the shared one; all passwords contain one canary, which is searched
// for at the end in all that the run has left.
//
// Imports of this module: none.
package e2e
