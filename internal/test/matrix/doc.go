// Package matrix proves that pgvault dumps what pg_dump would, and restores
// what pg_restore would.
//
// Its test dumps a database with every kind of object. It restores the dump by
// pg_restore from a pipe, by pg_restore with several jobs from a file, and by
// pgvault, and compares each result with the source: the schema line by line,
// and the rows of each table as a multiset. It contains tests only.
//
// `make test` runs it with the machine's PostgreSQL. `make test-matrix` runs it
// with servers 14 to 18 and client programs 15, 17 and 18. Client programs 16,
// and with them archives of version 1.15, are in no release of Debian for this
// machine and are not tested.
//
// Imports of this module: none.
package matrix
