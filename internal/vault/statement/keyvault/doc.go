// Package keyvault signs statements with the key of a Key Vault that the trust
// file names.
//
// It is apart from package statement, which checks signatures and needs no Key
// Vault for it.
//
// Imports of this module: internal/failure, internal/failure/clock,
// internal/signin/azure, internal/trust, internal/vault/statement.
package keyvault
