// Package azure signs in to Azure as Azure does it everywhere, reads secrets and
// signs with keys: one credential for storage, Key Vault and PostgreSQL.
//
// Secrets come back as secret.String only. Errors are *failure.Error: what a
// person must mend has a UserError code, what may pass on its own is
// SecretStoreUnavailable. The SDK's own retries are kept short, since the
// caller's attempts are what people see and count.
//
// Imports of this module: internal/failure, internal/failure/clock,
// internal/instance, internal/secret, internal/signin/whose.
package azure
