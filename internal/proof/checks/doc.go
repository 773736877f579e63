// Package checks runs a user's checks, and PostgreSQL's amcheck, in a restored
// database.
//
// [Parse] reads a file of checks. Each is one statement that returns one boolean.
// [Runner.Run] runs them, each in a session and a read-only transaction of its own.
// [Runner.AMCheck] verifies the B-tree indexes and the tables.
//
// The objects of a restored database are a stranger's, and a check may call its
// functions. So a check's time and its answer are bounded, and of an error only the
// SQLSTATE is kept. A function that ignores the end of its time has its session ended.
//
// What a check or amcheck finds is a result. An error is about the sign-in, the
// connection or the context, and another attempt may succeed.
//
// Imports of this module: internal/config/yamlreader, internal/failure,
// internal/policy, internal/postgres, internal/progress, internal/proof,
// internal/signin.
package checks
