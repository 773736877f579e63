// Package signin turns an instance's way to sign in into a connection.
//
// Both models end in a [postgres.Target]: a Key Vault secret, of which the
// newest version is read each time, or a Microsoft Entra token, fetched again
// for every connection and every child process. A sign-in that the server
// refuses gets one fresh read, since the secret may have been rotated between
// the read and the sign-in.
//
// Imports of this module: internal/failure, internal/instance,
// internal/postgres, internal/postgres/connstr, internal/secret,
// internal/signin/azure, internal/signin/whose, internal/trust.
package signin
