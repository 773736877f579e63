package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/failure"
)

// hindrances are the objects, other than sessions, that prevent a database from
// being dropped.
type hindrances struct {
	template                bool
	subscriptions, prepared int
}

// DropDatabase drops a database. It ends the sessions in it and removes
// anything else that prevents the drop. It returns nil if the database does not
// exist.
func DropDatabase(ctx context.Context, conn *pgx.Conn, name string) error {
	server, err := ReadServer(ctx, conn)
	if err != nil {
		return err
	}
	var h hindrances
	err = conn.QueryRow(ctx, `SELECT datistemplate, (SELECT count(*) FROM pg_subscription WHERE subdbid = d.oid),
		(SELECT count(*) FROM pg_prepared_xacts WHERE database = d.datname) FROM pg_database d WHERE datname = $1`, name).Scan(&h.template, &h.subscriptions, &h.prepared)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for database %q: %w", name, Ended(ctx, Classify(err, connTarget(conn))))
	}
	if h.subscriptions+h.prepared > 0 {
		if err := clearDatabase(ctx, conn, name); err != nil {
			return notDropped(ctx, conn, name, err)
		}
	}
	if h.template {
		if _, err := conn.Exec(ctx, "ALTER DATABASE "+QuoteIdent(name)+" IS_TEMPLATE false"); err != nil {
			return notDropped(ctx, conn, name, err)
		}
	}
	// A database whose removal was interrupted cannot be altered, only dropped.
	if err := exclude(ctx, conn, name); err != nil && sqlState(err) == "" {
		return notDropped(ctx, conn, name, err)
	}
	if _, err := conn.Exec(ctx, dropSQL(name, server.Major)); err != nil {
		return notDropped(ctx, conn, name, err)
	}
	return nil
}

func dropSQL(name string, major int) string {
	drop := "DROP DATABASE IF EXISTS " + QuoteIdent(name)
	if major < 13 {
		return drop
	}
	return drop + " WITH (FORCE)"
}

// clearDatabase removes the subscriptions and prepared transactions of a
// database, which requires a session in it. The slot at the publisher is kept,
// since another subscription, such as the source's, may use it.
func clearDatabase(ctx context.Context, conn *pgx.Conn, name string) error {
	if _, err := conn.Exec(ctx, admitSQL(name)); err != nil {
		return err
	}
	config := conn.Config()
	config.Database = name
	inside, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer Leave(ctx, inside)
	rows, err := inside.Query(ctx, `SELECT unnest(ARRAY['ALTER SUBSCRIPTION ' || quote_ident(subname) || ' DISABLE',
			'ALTER SUBSCRIPTION ' || quote_ident(subname) || ' SET (slot_name = NONE)', 'DROP SUBSCRIPTION ' || quote_ident(subname)])
			FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
		UNION ALL SELECT 'ROLLBACK PREPARED ' || quote_literal(gid) FROM pg_prepared_xacts WHERE database = current_database()`)
	if err != nil {
		return err
	}
	statements, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, statement := range statements {
		if _, err := inside.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return err
}

func notDropped(ctx context.Context, conn *pgx.Conn, name string, err error) error {
	switch sqlState(err) {
	case objectInUse:
		return used(ctx, conn, name, "dropped", err)
	case "42501":
		return failure.Wrap(err, failure.MissingRestorePermissions, fmt.Sprintf("As its owner or a superuser: DROP DATABASE %s WITH (FORCE);", QuoteIdent(name)),
			"user %q may not drop database %q of server %s", currentUser(ctx, conn), name, connTarget(conn).Server())
	}
	return fmt.Errorf("drop database %q: %w", name, Ended(ctx, Classify(err, connTarget(conn))))
}
