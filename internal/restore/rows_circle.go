package restore

import (
	"context"
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
)

// deferring returns the statements that defer the checks of foreign keys to the
// end, and those that restore the keys. It covers keys that are not deferrable
// and refer to a table that is loaded later, which happens if tables refer to
// each other in a circle. The tables' owner may alter a key, but only a
// superuser may disable its triggers.
func (l *loader) deferring(ctx context.Context, tables []*archive.Entry) (deferred, immediate string, err error) {
	var names []string
	for _, e := range tables {
		names = append(names, postgres.QuoteLiteral(sqlName(e)))
	}
	results, err := l.session.Conn.PgConn().Exec(ctx, fmt.Sprintf(`WITH RECURSIVE loaded AS (
			SELECT name::pg_catalog.regclass::pg_catalog.oid AS relation, place FROM pg_catalog.unnest(ARRAY[%s]::pg_catalog.text[]) WITH ORDINALITY AS t (name, place)
		), early AS (
			SELECT c.oid, c.conparentid FROM pg_catalog.pg_constraint c JOIN loaded own ON own.relation OPERATOR(pg_catalog.=) c.conrelid
				JOIN loaded other ON other.relation OPERATOR(pg_catalog.=) c.confrelid
			WHERE c.contype OPERATOR(pg_catalog.=) 'f' AND NOT c.condeferrable AND own.place OPERATOR(pg_catalog.<) other.place
			UNION SELECT p.oid, p.conparentid FROM early JOIN pg_catalog.pg_constraint p ON p.oid OPERATOR(pg_catalog.=) early.conparentid
		) SELECT pg_catalog.format('ALTER TABLE %%s ALTER CONSTRAINT %%I DEFERRABLE; ', c.conrelid::pg_catalog.regclass, c.conname),
			pg_catalog.format('ALTER TABLE %%s ALTER CONSTRAINT %%I NOT DEFERRABLE; ', c.conrelid::pg_catalog.regclass, c.conname)
		FROM pg_catalog.pg_constraint c JOIN early ON early.oid OPERATOR(pg_catalog.=) c.oid WHERE c.conparentid OPERATOR(pg_catalog.=) 0 ORDER BY 1`,
		strings.Join(names, ", "))).ReadAll()
	if err != nil {
		return "", "", l.refusal(ctx, err, "look for foreign keys", "")
	}
	var before, after strings.Builder
	for _, row := range results[0].Rows {
		before.Write(row[0])
		after.Write(row[1])
	}
	return before.String(), after.String(), nil
}
