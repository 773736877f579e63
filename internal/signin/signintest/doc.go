// Package signintest signs tests and benchmarks in where no Key Vault is.
//
// Imports of this module: internal/secret, internal/signin,
// internal/signin/azure.
package signintest
