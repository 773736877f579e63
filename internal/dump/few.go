package dump

import (
	"context"
	"fmt"

	"github.com/pgvault/pgvault/internal/postgres"
)

// orAlone looks why a pg_dump did not come to its table of contents: whether it
// is for a second connection, which the server has not, is told by the server's
// answer to one of ours, whose code is the same in every language.
func (j *job) orAlone(ctx context.Context, err error) error {
	if postgres.IsTooMany(j.probe(ctx)) {
		return j.noSecond()
	}
	return err
}

// noSecond is for a server that has one connection for the dump, and no more.
func (j *job) noSecond() error {
	reason := fmt.Sprintf("the server has no second connection for user %q", j.target.User)
	j.warn("%s: look at the role's CONNECTION LIMIT and at max_connections; until then dumps take longer", reason)
	return &unshareable{reason: reason, crowded: true}
}

// probe makes a connection and gives it back.
func (j *job) probe(ctx context.Context) error {
	conn, err := postgres.Connect(ctx, j.target)
	if err == nil {
		postgres.Leave(ctx, conn)
	}
	return err
}
