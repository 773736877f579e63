// Package connstr reads the value of a secret that says how to sign in to
// PostgreSQL.
//
// Four forms are accepted, and which one it is is found out from the content:
// an ADO.NET connection string (the form that Azure Backup documented), a
// libpq URI, a libpq keyword string, and a JSON object as password rotation
// functions write it. Whatever the form leaves out, the backup instance fills
// in; only the password must be there.
//
// The package is pure: it reads no file and no environment. Its errors say what
// is wrong and where, and never contain any part of the value.
//
// Imports of this module: internal/failure, internal/secret.
package connstr
