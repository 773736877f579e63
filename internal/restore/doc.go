// Package restore restores a dump as a database.
//
// The database is created under a name that only the job uses, loaded, given
// its grants, settings and comment, and renamed at the end. Nobody sees a
// partial database, and a retry drops only its own.
//
// The data of an archive is read in ranges and loaded over several connections.
// pg_restore, which reads the table of contents only, restores everything else.
// An archive without the offsets of its data is first read from beginning to
// end to find them. Only the table of contents is held in memory in full.
//
// A selective restore reads no other data than the selected. Rows alone are
// loaded into existing tables, in one transaction, and no database is created
// or dropped.
//
// Tables are restored into an existing database in schemas that only the job uses,
// and one transaction moves them to their place. Their definitions are restored into a
// small database first, where PostgreSQL writes the names of these schemas into them.
// No existing table is changed.
//
// Imports of this module: internal/archive, internal/blobstore/memory,
// internal/failure, internal/failure/printable, internal/postgres,
// internal/postgres/pgtools, internal/progress, internal/proof,
// internal/proof/definitions, internal/proof/fingerprint,
// internal/proof/readback, internal/restore/rights,
// internal/restore/selection, internal/signin.
package restore
