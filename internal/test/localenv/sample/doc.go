// Package sample fills a local environment with something to protect: two
// databases, one backed up by way of a Key Vault secret, the other by Microsoft
// Entra sign-in, and the pgvault.yaml that protects them. `make up` and `make
// demo` use it.
//
// It imports internal/test/localenv and internal/secret only.
package sample
