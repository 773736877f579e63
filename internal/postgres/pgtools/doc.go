// Package pgtools finds PostgreSQL's own programs, runs them as children, and
// understands what they print.
//
// What it promises:
//
//   - A child never outlives this process, however it ends, and ends with its
//     context: SIGTERM first, which makes pg_dump cancel its query on the
//     server, then SIGKILL.
//   - The password reaches a child by a password file that exists in memory
//     only; neither its command line nor its environment holds it, and it is
//     struck out of everything that the child prints.
//   - A child sees nothing of this process's environment but PATH, HOME, TZ
//     and LD_LIBRARY_PATH.
//   - A child that fails gives a [failure.Error] with the cause that its
//     standard error names.
//
// It runs on Linux only.
//
// Imports of this module: internal/failure, internal/postgres, internal/secret.
package pgtools
