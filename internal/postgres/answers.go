package postgres

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// refusalKey is the key of a connection's custom data for the last refusal of a
// statement.
const refusalKey = "pgvault.refusal"

// remember has connections remember the errors by which the server refuses statements.
func remember(config *pgconn.Config) {
	next := config.OnPgError
	config.OnPgError = func(c *pgconn.PgConn, e *pgconn.PgError) bool {
		if !EndsSession(e) {
			c.CustomData()[refusalKey] = e
		}
		return next == nil || next(c, e)
	}
}

// Copy calls copy, which is a COPY to the server over a connection. If the server
// refused it and the connection broke afterwards, Copy returns the refusal as the
// error: pgx returns that of the connection. A server whose disk is full says so, and
// may then crash at once.
func Copy(c *pgconn.PgConn, copy func() error) error {
	delete(c.CustomData(), refusalKey)
	err := copy()
	if err == nil {
		return nil
	}
	refusal, refused := c.CustomData()[refusalKey].(*pgconn.PgError)
	var answer *pgconn.PgError
	if !refused || errors.As(err, &answer) && !EndsSession(answer) {
		return err
	}
	return refusal
}
