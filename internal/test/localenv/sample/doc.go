// Package sample fills a local environment with two databases, one backed up
// with a Key Vault secret, the other with Microsoft Entra sign-in, and writes
// the pgvault.yaml that protects them. `make up` and `make demo` use it.
//
// Imports of this module: internal/secret, internal/test/localenv.
package sample
