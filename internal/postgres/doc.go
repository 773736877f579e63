// Package postgres connects to PostgreSQL servers, says precisely why that
// failed, reads the facts of a server and a database that a manifest records,
// and makes a database after such facts.
//
// What it promises:
//
//   - Nothing of the process's own PG* variables, password file or service
//     file takes part in a connection: everything comes from the [Target].
//   - The password is asked for again for every connection, so that a rotated
//     secret and a short-lived token both work, and no error holds it.
//   - Every error a person can act on is a [failure.Error] that names server,
//     database, role or certificate.
//
// Servers from version 12 on are known.
//
// Imports of this module: internal/clock, internal/failure,
// internal/postgres/pgcopy, internal/secret.
package postgres
