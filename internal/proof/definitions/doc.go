// Package definitions compares the definitions of a restored database with those
// of the archive that it was restored from: kind, name, definition, owner, grants,
// comments and security labels of every entry of the table of contents.
//
// [Compare] is pure and independent of the order of the entries. It leaves out what
// differs by construction: dump IDs, OIDs, tablespaces, and the properties of the
// database itself, whose name differs.
//
// The server writes an expression in another way after a reload: it prints
// status IN ('a') of a varchar column with other casts than it was given. If texts
// differ, [Comparer.Compare] has the archive's definitions loaded once more into a
// second database. Texts that are the same in both databases are of the same
// definition.
//
// Imports of this module: internal/archive, internal/blobstore/memory,
// internal/failure/printable, internal/postgres, internal/postgres/pgtools,
// internal/progress, internal/proof, internal/signin.
package definitions
