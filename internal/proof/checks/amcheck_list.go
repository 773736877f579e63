package checks

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/signin"
)

// relation is an index or a table.
type relation struct {
	oid          uint32
	schema, name string
	index        bool
}

// String returns the kind and the qualified name.
func (r relation) String() string {
	kind := "table "
	if r.index {
		kind = "index "
	}
	return kind + strings.ToValidUTF8(r.schema+"."+r.name, "?")
}

// page is the number of relations of one query.
const page = 1000

// listQuery selects relations in the order of their OIDs. OIDs below 16384 are those of
// the server's own relations. An index that is not valid serves no query, and the one
// of another session's temporary table cannot be read.
const listQuery = `SELECT c.oid, n.nspname, c.relname, c.relkind = 'i'
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am a ON a.oid = c.relam
	WHERE c.oid >= 16384 AND c.oid > $1::int8::oid AND c.relpersistence <> 't'
		AND (c.relkind = 'i' AND a.amname = 'btree' AND EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = c.oid AND i.indisvalid AND i.indisready AND i.indislive)
			OR $2 AND c.relkind IN ('r', 'm', 't') AND a.amname = 'heap')
	ORDER BY c.oid LIMIT $3`

// list sends the relations that the functions can check.
func (f functions) list(ctx context.Context, in *signin.Session, to chan<- relation) error {
	last := uint32(0)
	for {
		rows, err := in.Conn.Query(ctx, listQuery, int64(last), f.table != "", page)
		var relations []relation
		if err == nil {
			relations, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r relation, err error) {
				return r, row.Scan(&r.oid, &r.schema, &r.name, &r.index)
			})
		}
		if err != nil {
			return fmt.Errorf("list indexes and tables: %w", postgres.Ended(ctx, postgres.Classify(err, in.Target)))
		}
		for _, r := range relations {
			select {
			case to <- r:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			last = r.oid
		}
		if len(relations) < page {
			return nil
		}
	}
}
