// Package connstr parses secrets with connection parameters for PostgreSQL.
//
// It recognizes four forms by their content: an ADO.NET connection string (the
// form documented by Azure Backup), a libpq URI, a libpq keyword string, and a
// JSON object as written by password rotation functions. Only the password is
// required; the backup instance has the other parameters.
//
// The package is pure: it reads no file and no environment. Its errors say what
// is wrong and where, and contain no part of the value.
//
// Imports of this module: internal/failure, internal/secret.
package connstr
