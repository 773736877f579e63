// Package bench measures dumps and restores against those of PostgreSQL's own
// programs, on the same server and the same storage, in turn.
//
// Every figure is a ratio of two times that were measured one after the other;
// [Run] gives the median of several pairs. What is measured runs in processes
// of its own, so that each begins with the same memory and its peak can be
// read. The package is a program's: cmd/bench.
//
// Imports of this module: internal/archive, internal/blobstore,
// internal/blobstore/azureblob, internal/dump, internal/instance,
// internal/postgres, internal/postgres/pgtools, internal/progress,
// internal/restore, internal/restore/selection, internal/secret,
// internal/signin, internal/signin/azure, internal/signin/signintest,
// internal/test/localenv.
package bench
