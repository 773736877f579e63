// Package restore brings a dump back as a database.
//
// The database is made under a name of the job's own, loaded, given its own
// grants, settings and comment, and renamed at the end: nobody sees half of
// it, and a retry drops only what is its own.
//
// The data of an archive is read in ranges and loaded over several connections;
// everything else is pg_restore's own work, which is given the table of contents
// only. An archive that does not say where each table's data stands is first read
// from its beginning to its end, to find that out. Nothing but the table of
// contents is ever held in full.
//
// Less than everything may be wanted: then no other data is read. Rows alone go
// into tables that exist, in one transaction, and no database is made or dropped.
//
// Imports of this module: internal/archive, internal/failure,
// internal/postgres, internal/postgres/pgtools, internal/progress,
// internal/restore/selection, internal/signin.
package restore
