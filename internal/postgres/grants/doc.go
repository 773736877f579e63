// Package grants finds what a role lacks to dump a whole database, and the SQL
// that grants exactly that.
//
// It asks the catalogs what pg_dump would lock, copy or read, and
// has_*_privilege whether the role may: it reads no data, and asks once per
// kind of object, however many there are. Two things come of it: what is
// missing today, which fails a backup, and what would be missing tomorrow
// (default privileges, schemas that are still empty), which only shows in the
// SQL.
//
// What pg_dump does, as tried against the real program (see the tests):
//
//   - It locks every table and partitioned table, which needs SELECT on it and
//     USAGE on its schema. Tables of extensions it locks before version 15 only.
//   - It copies the data of tables, with row_security off: policies that would
//     hide rows make it fail. Of extensions' tables it copies those that the
//     extension registered as configuration.
//   - It reads the state of every sequence, which needs SELECT on it.
//   - It reads every large object, which needs SELECT on it unless
//     lo_compat_privileges is on.
//   - Views, materialized views and foreign tables it neither locks nor reads.
//
// Imports of this module: internal/failure, internal/postgres.
package grants
