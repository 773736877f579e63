// Package pgcopy takes the output of COPY from a server at the rate the server
// gives it.
//
// A [Conn] is a connection that is given over to this: it runs statements
// without parameters, and hands on the data of COPY … TO STDOUT in large
// pieces, where the usual drivers hand on row by row. What it promises: rows
// arrive whole and in order, an error of the server is a [pgconn.PgError], and
// a connection on which a call failed in any other way is closed.
//
// Imports of this module: none.
package pgcopy
