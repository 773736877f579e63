// Package fingerprint identifies the content of a database: the rows of each
// table, the values of sequences and the content of large objects.
//
// A row is a line of COPY's text format, without the line feed. The fingerprint
// of rows is their number and the sum of the XXH3-128 hashes of the lines, modulo
// 2^128, with the seed 0. It does not depend on the order of the rows, and the
// fingerprints of parts of a table add up to that of the table. It detects
// accidents. Whoever can write the database can find other rows with the same
// sum: SHA-256 and signatures protect stored dumps from attackers.
//
// A [File] has the fingerprints of a database, as they are stored beside its
// dump, and the settings under which the text was written.
//
// Imports of this module: internal/postgres.
package fingerprint
