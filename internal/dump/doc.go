// Package dump stores a database in a blob, as an archive of pg_dump's custom
// format, without intermediate files.
//
// [Dumper.Stream] takes the table of contents from pg_dump and copies the data
// over several connections that share a snapshot. If sessions cannot share a
// snapshot, it stores the output of a single pg_dump. Either archive has the
// offsets of each table's data. A dump is committed only if all of it is of one
// snapshot and all of it is stored. Beside it stands a file of fingerprints, which
// are made while the rows pass.
//
// Imports of this module: internal/archive, internal/blobstore,
// internal/blobstore/memory, internal/failure, internal/postgres, internal/postgres/pgcopy,
// internal/postgres/pgcopy/pieces, internal/postgres/pgtools, internal/progress,
// internal/proof/fingerprint, internal/signin.
package dump
