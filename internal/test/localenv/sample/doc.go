// Package sample fills a local environment with something to protect: two
// databases, one backed up by way of a Key Vault secret, the other by Microsoft
// Entra sign-in, and the pgvault.yaml that protects them. `make up` and `make
// demo` use it.
//
// Imports of this module: internal/secret, internal/test/localenv.
package sample
