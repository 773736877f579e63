// Package selection chooses what of an archive to restore, by its table of
// contents alone.
//
// A table that is chosen comes whole: its rows, indexes, constraints, triggers,
// rules, policies, defaults, the sequences it owns with their values, its
// statistics, comments and grants, and the partitions of a partitioned one. With
// it comes what it cannot do without, wherever that stands: schemas, types,
// extensions, functions, sequences of its defaults, and the bare definition of
// a table that it inherits from or that a view reads. What would need a table
// that is not restored is left out and noted: foreign keys, and the place of a
// partition in its table.
//
// What pg_dump divides comes together: see complete. A materialized view stays
// unpopulated where a table that it reads comes without rows. Tables that inherit
// from a chosen one come if they are asked for, and are noted otherwise.
//
// What the body of a function refers to, no archive says: it comes only if it is
// chosen too. Large objects, publications, subscriptions and event triggers
// belong to no table and no schema, and come with the whole database only.
//
// The package does no I/O.
//
// Imports of this module: internal/archive, internal/failure, internal/suggest.
package selection
