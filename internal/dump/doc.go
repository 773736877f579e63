// Package dump brings a database into a blob, as an archive of pg_dump's custom
// format, with nothing in between.
//
// [Dumper.Stream] takes the table of contents from a pg_dump and the data over
// several connections that see the same snapshot; where sessions cannot share
// one, it stores what a single pg_dump writes. Either archive says where each
// table's data is. It promises that nothing is committed unless all of it is of
// one snapshot, and all is stored.
//
// Imports of this module: internal/archive, internal/blobstore,
// internal/failure, internal/postgres, internal/postgres/pgcopy,
// internal/postgres/pgtools, internal/progress, internal/signin.
package dump
