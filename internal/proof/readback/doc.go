// Package readback reads a restored database back and compares it with the
// fingerprints of the dump.
//
// [Comparer.Compare] reads every table over several connections that share a
// snapshot, in the pieces of a dump, with the settings under which the dump's
// rows were written. It compares the rows of each table, the values of sequences
// and the content of large objects. Whatever else the database holds is found
// too: it is either a difference, or named as not proven.
//
// The fingerprints and the database may come from an attacker. Names are quoted,
// settings are known ones, and no code of the database runs other than the output
// functions of its types. Memory does not depend on the size of a table or row.
//
// Imports of this module: internal/blobstore/memory, internal/failure,
// internal/failure/printable, internal/postgres, internal/postgres/pgcopy,
// internal/postgres/pgcopy/pieces, internal/progress, internal/proof,
// internal/proof/fingerprint, internal/signin.
package readback
