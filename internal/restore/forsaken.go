package restore

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/postgres"
)

// DropForsaken drops the databases of the job's server whose names begin with a
// prefix, except for those of a running job, and returns their names. running returns
// what their names begin with, or "" if none runs. It is called after the databases are
// listed, so that a job that begins meanwhile keeps its own.
func (r Restorer) DropForsaken(ctx context.Context, job Job, prefix string, running func(context.Context) (string, error)) (dropped []string, err error) {
	session, err := r.maintenance(ctx, job)
	if err != nil {
		return nil, err
	}
	defer session.Close(ctx)
	rows, err := session.Conn.Query(ctx, "SELECT datname::text FROM pg_catalog.pg_database WHERE pg_catalog.left(datname::text, $2) = $1 ORDER BY 1", prefix, len(prefix))
	if err != nil {
		return nil, postgres.Classify(err, session.Target)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, postgres.Classify(err, session.Target)
	}
	if len(names) == 0 {
		return nil, nil
	}
	used, err := running(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if used != "" && strings.HasPrefix(name, used) {
			continue
		}
		if err := postgres.DropDatabase(ctx, session.Conn, name); err != nil {
			return dropped, postgres.Classify(err, session.Target)
		}
		dropped = append(dropped, name)
	}
	return dropped, nil
}
