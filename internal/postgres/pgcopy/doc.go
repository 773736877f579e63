// Package pgcopy reads the output of COPY statements at the full rate of a
// server.
//
// A [Conn] is a connection that is used for that only. It runs statements
// without parameters, and writes the data of COPY … TO STDOUT to a [Sink] in
// large pieces. The common drivers pass on each row separately.
//
// Rows arrive whole and in order. An error of the server is a [pgconn.PgError].
// After any other error, the connection is closed.
//
// Imports of this module: none.
package pgcopy
