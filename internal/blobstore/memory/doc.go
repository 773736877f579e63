// Package memory bounds the memory of the jobs that a worker runs at the same
// time.
//
// Each job has its share of one [Budget] before it takes any memory that grows
// with the database, the archive or the number of connections. A job that does not
// fit waits for others, and one that never could is refused. No job waits while it
// has a share, so that jobs cannot wait for each other. The windows of
// decompressors are an exception: they come from a part of the budget of their
// own, and whoever has one waits for no memory.
//
// [Buffers] and [Pool] lend the memory of a share. It is not the garbage
// collector's, which would let the process grow to twice the size.
//
// Imports of this module: internal/failure, internal/failure/printable,
// internal/progress.
package memory
