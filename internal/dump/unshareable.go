package dump

import (
	"context"
	"fmt"

	"github.com/pgvault/pgvault/internal/postgres"
)

// orUnshareable returns the reason why pg_dump did not write its table of contents.
// It returns an [unshareable] if the server has no second connection. It finds
// out by opening a connection: the SQLSTATE of a refusal, unlike pg_dump's
// message, does not depend on the server's language.
func (j *job) orUnshareable(ctx context.Context, err error) error {
	if postgres.IsTooMany(j.probe(ctx)) {
		return j.noSecondConnection()
	}
	return err
}

// noSecondConnection returns the error for a server with only one connection for the
// dump.
func (j *job) noSecondConnection() error {
	reason := fmt.Sprintf("the server has no second connection for user %q", j.target.User)
	j.warn("%s: look at the role's CONNECTION LIMIT and at max_connections; until then dumps take longer", reason)
	return &unshareable{reason: reason, crowded: true}
}

// probe opens a connection and closes it.
func (j *job) probe(ctx context.Context) error {
	conn, err := postgres.Connect(ctx, j.target)
	if err == nil {
		postgres.Leave(ctx, conn)
	}
	return err
}
