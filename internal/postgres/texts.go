package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/failure"
)

// maxText bounds the comment of a database, and all its settings together, in
// bytes. They are in the manifest of each recovery point, and their owner decides
// how long they are.
const maxText = 1 << 20

// checkTexts returns an error if the texts of the database that conn is connected
// to are too long. It reads their lengths only.
func checkTexts(ctx context.Context, conn *pgx.Conn) error {
	var name string
	var comment, settings int64
	err := conn.QueryRow(ctx, `SELECT d.datname, coalesce(octet_length(shobj_description(d.oid, 'pg_database')), 0),
		coalesce((SELECT sum(octet_length(c)) FROM pg_db_role_setting s, unnest(s.setconfig) c WHERE s.setdatabase = d.oid), 0)::bigint
		FROM pg_database d WHERE d.datname = current_database()`).Scan(&name, &comment, &settings)
	if err != nil {
		return fmt.Errorf("read the lengths of the database's texts: %w", Ended(ctx, Classify(err, connTarget(conn))))
	}
	switch {
	case comment > maxText:
		return failure.New(failure.DumpRefused, fmt.Sprintf("Shorten it: COMMENT ON DATABASE %s IS '…';", QuoteIdent(name)),
			"the comment of database %q has %d bytes, and a backup keeps at most %d", name, comment, maxText)
	case settings > maxText:
		return failure.New(failure.DumpRefused, fmt.Sprintf("Reset what is not needed: ALTER DATABASE %[1]s RESET …; and ALTER ROLE … IN DATABASE %[1]s RESET …;", QuoteIdent(name)),
			"the settings of database %q have %d bytes, and a backup keeps at most %d", name, settings, maxText)
	}
	return nil
}
