// Package grants finds what a role lacks to dump a whole database, and the SQL
// that grants exactly that.
//
// It queries the catalogs for the objects that pg_dump locks, copies or reads,
// and checks them with the has_*_privilege functions. It reads no data and runs
// one query for each kind of object. A report has what is missing now, which
// fails a backup, and what will be missing later (default privileges, empty
// schemas), which appears only in the SQL.
//
// pg_dump does the following, which the tests check against the real program:
//
//   - It locks every table and partitioned table, which needs SELECT on the
//     table and USAGE on its schema. Before version 15 it also locks the
//     tables of extensions.
//   - It copies the data of tables with row_security off: policies that hide
//     rows make it fail. Of the tables of extensions it copies the
//     configuration tables only.
//   - It reads the state of every sequence, which needs SELECT on it.
//   - It reads every large object, which needs SELECT on it unless
//     lo_compat_privileges is on.
//   - It neither locks nor reads views, materialized views and foreign tables.
//
// Imports of this module: internal/failure, internal/postgres.
package grants
