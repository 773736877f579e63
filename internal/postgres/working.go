package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// atWork is true for a session that runs a statement and is not waiting for its
// client. A session whose state is not visible counts as working.
const atWork = `(state IS NULL OR state = 'active' AND wait_event_type IS DISTINCT FROM 'Client')`

// Working reports whether the session of a server process is working.
func Working(ctx context.Context, conn *pgx.Conn, pid uint32) (bool, error) {
	return anyAtWork(ctx, conn, "pid = $1::int8::int4", int64(pid))
}

// WorkingIn reports whether another client's session in a database is working.
func WorkingIn(ctx context.Context, conn *pgx.Conn, database string) (bool, error) {
	return anyAtWork(ctx, conn, "datname = $1 AND backend_type = 'client backend' AND pid <> pg_backend_pid()", database)
}

func anyAtWork(ctx context.Context, conn *pgx.Conn, which string, argument any) (bool, error) {
	var working bool
	err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE "+which+" AND "+atWork+")", argument).Scan(&working)
	if err != nil {
		return false, fmt.Errorf("look whether the server is at work: %w", Ended(ctx, Classify(err, connTarget(conn))))
	}
	return working, nil
}
