// Package localenv runs the services that pgvault uses on the developer's
// machine: a PostgreSQL cluster, Azurite, a Temporal dev server, and stand-ins
// for Key Vault, the managed identity endpoint and Microsoft Entra sign-in to
// PostgreSQL. Tests, `make up` and `make demo` all use it.
//
// [Prepare] finds or installs what the parts need. The Start functions start
// one part each; their context bounds the start only, and Stop ends the part.
// Everything listens on the loopback interface, over TLS where Azure does, and
// every child process dies with the process that started it.
//
// Imports of this module: internal/secret, internal/trust.
package localenv
