// Package selection chooses the entries of an archive to restore, from its
// table of contents alone.
//
// A chosen table is restored whole:
//
//   - rows, indexes, constraints, triggers, rules, policies, defaults,
//   - the sequences it owns, with their values,
//   - statistics, comments and grants,
//   - the partitions of a partitioned table.
//
// Everything that it depends on is restored with it, in any schema: schemas,
// types, extensions, functions, the sequences of its defaults, and the bare
// definition of a table that it inherits from or that a view reads. Where
// pg_dump divides the definition of an object into several entries, all of them
// are restored.
//
// Foreign keys to a table that is not restored are left out, and so is the
// attachment of a partition to a partitioned table that is not restored. A
// materialized view stays unpopulated if a table that it reads is restored
// without rows. Tables that inherit from a chosen one are restored on request
// only. Notes report all of these.
//
// An archive does not record the references in the body of a function: the
// objects that it refers to must be chosen too. Large objects, publications,
// subscriptions and event triggers belong to no table and no schema, and are
// restored with the whole database only.
//
// The package does no I/O.
//
// Imports of this module: internal/archive, internal/failure,
// internal/failure/printable, internal/failure/suggest.
package selection
