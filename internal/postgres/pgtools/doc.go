// Package pgtools finds PostgreSQL's programs, runs them as child processes and
// interprets their output.
//
//   - A child never outlives this process, however it ends. It ends with its
//     context: by SIGTERM, on which pg_dump cancels its query on the server,
//     and then by SIGKILL.
//   - The password is passed in a password file that exists in memory only,
//     never in the command line or the environment. It is redacted from all
//     output of the child.
//   - A child gets only PATH, HOME, TZ and LD_LIBRARY_PATH of this process's
//     environment.
//   - The error of a failed child is a [failure.Error] with the cause found in
//     its standard error.
//
// It runs on Linux only.
//
// Imports of this module: internal/failure, internal/failure/printable,
// internal/postgres, internal/secret.
package pgtools
