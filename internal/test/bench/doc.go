// Package bench compares dumps and restores with those of PostgreSQL's own
// programs, on the same server and the same storage, in turn.
//
// Every figure is the ratio of two times measured one after the other; [Run]
// returns the median of several pairs. Each task runs in a process of its own, so
// that each starts with the same memory and its peak can be read. Only the program
// cmd/bench uses the package.
//
// Imports of this module: internal/archive, internal/blobstore,
// internal/blobstore/azureblob, internal/blobstore/memory, internal/dump,
// internal/instance, internal/postgres, internal/postgres/pgtools,
// internal/progress, internal/proof/readback, internal/restore, internal/restore/selection,
// internal/secret, internal/signin, internal/signin/azure,
// internal/signin/signintest, internal/test/localenv.
package bench
