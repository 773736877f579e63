// Package pieces has the statements that read a database's rows over several
// connections: tables whole or by ranges of pages, and large objects.
//
// Dumps and the comparison of a restored database with its fingerprints read
// the same rows with it. [SizesFor] and [Ranges] are pure.
//
// Imports of this module: internal/postgres/pgcopy.
package pieces
