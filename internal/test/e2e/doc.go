// Package e2e tests the deployed programs: the real binaries, a real
// PostgreSQL, a real Temporal server, Azurite over HTTPS, azidentity's
// credential chain, and stand-ins for Key Vault and managed identity that check
// every token.
//
// It contains tests only. Each test has a world of its own, or an instance of
// its own in the shared world. All passwords contain one canary. At the end the
// tests search for it in everything that the run has left.
//
// Imports of this module: none.
package e2e
