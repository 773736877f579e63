// Package matrix proves that what pgvault dumps is what pg_dump would have, and
// that what it restores is what pg_restore would have.
//
// Its test dumps a database that has everything, restores the dump by
// pg_restore from a pipe, by pg_restore with several jobs from a file, and by
// pgvault, and compares each with the source: the schema line for line, and the
// rows of each table as a multiset. It has no code but its tests.
//
// `make test` runs it with the PostgreSQL of the machine. `make test-matrix`
// runs it with servers 14 to 18 and client programs 15, 17 and 18. Those of 16,
// and with them archives of version 1.15, are in no release of Debian for this
// machine, and are not tested.
//
// Imports of this module: none.
package matrix
