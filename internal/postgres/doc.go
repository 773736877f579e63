// Package postgres connects to PostgreSQL servers, version 12 and later. It
// explains failed connections, reads the properties of a server and a database
// for the manifest, and creates a database with such properties.
//
//   - No PG* variable, password file or service file of the process affects a
//     connection: all parameters come from the [Target].
//   - The password is requested for every connection, so that rotated secrets
//     and short-lived tokens work. No error contains it.
//   - Every error that a person can fix is a [failure.Error] that names the
//     server, database, role or certificate.
//
// Imports of this module: internal/failure, internal/failure/clock,
// internal/postgres/pgcopy, internal/secret, internal/signin/whose.
package postgres
