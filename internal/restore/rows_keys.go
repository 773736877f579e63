package restore

import (
	"context"
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/postgres"
)

// loadedKeys selects the foreign keys of the target that concern loaded tables: the
// key's name, its table, the referenced table, whether the key's table is loaded, and
// whether the server has checked its rows. A key of a partitioned table has one row
// for all partitions. The server checks a row that is added if the key's triggers on
// its table fire, which somebody may have disabled. It checks no row that is there
// before.
const loadedKeys = `WITH RECURSIVE loaded AS (
		SELECT DISTINCT name::pg_catalog.regclass::pg_catalog.oid AS relation FROM pg_catalog.unnest(ARRAY[%s]::pg_catalog.text[]) AS t (name)
	), keys AS (
		SELECT c.oid AS top, c.conparentid AS parent, c.conrelid AS relation, c.conrelid IN (SELECT relation FROM loaded) AS own, EXISTS (
				SELECT FROM pg_catalog.pg_trigger t WHERE t.tgconstraint OPERATOR(pg_catalog.=) c.oid AND t.tgrelid OPERATOR(pg_catalog.=) c.conrelid AND t.tgenabled IN ('O', 'A')
			) AS fires
		FROM pg_catalog.pg_constraint c WHERE c.contype OPERATOR(pg_catalog.=) 'f' AND (c.conrelid IN (SELECT relation FROM loaded) OR c.confrelid IN (SELECT relation FROM loaded))
		UNION ALL SELECT p.oid, p.conparentid, keys.relation, keys.own, keys.fires FROM keys JOIN pg_catalog.pg_constraint p ON p.oid OPERATOR(pg_catalog.=) keys.parent
	), tables AS (
		SELECT top, relation, pg_catalog.bool_or(own) AS own, pg_catalog.bool_or(fires) AS fires FROM keys WHERE parent OPERATOR(pg_catalog.=) 0 GROUP BY top, relation
	) SELECT pg_catalog.quote_ident(c.conname), c.conrelid::pg_catalog.regclass, c.confrelid::pg_catalog.regclass, pg_catalog.bool_or(own), pg_catalog.bool_and(fires) FILTER (WHERE own)
	FROM tables JOIN pg_catalog.pg_constraint c ON c.oid OPERATOR(pg_catalog.=) tables.top GROUP BY c.oid, c.conname, c.conrelid, c.confrelid ORDER BY (c.conrelid::pg_catalog.regclass)::pg_catalog.text, 1`

// noteKeys notes which foreign keys of the target the server checks while the rows are
// loaded, and which it does not.
func (l *loader) noteKeys(ctx context.Context, tables []*archive.Entry) error {
	var names []string
	for _, e := range tables {
		names = append(names, postgres.QuoteLiteral(sqlName(e)))
	}
	results, err := l.session.Conn.PgConn().Exec(ctx, fmt.Sprintf(loadedKeys, strings.Join(names, ", "))).ReadAll()
	if err != nil {
		return l.refusal(ctx, err, "look for foreign keys", "")
	}
	var checked []string
	var notes printable.Notes
	for _, row := range results[0].Rows {
		key, table, other := text(row[0]), text(row[1]), text(row[2])
		switch own, fires := string(row[3]) == "t", string(row[4]) == "t"; {
		case !own:
			notes.Add(fmt.Sprintf("foreign key %s of %s: rows that were there before are not checked against the rows loaded into %s", key, table, other))
		case !fires:
			notes.Add(fmt.Sprintf("foreign key %s of %s is disabled in the target: the loaded rows are not checked against %s", key, table, other))
		default:
			checked = append(checked, key+" of "+table)
		}
	}
	if len(checked) > 0 {
		notes.Add("the loaded rows satisfy the target's foreign keys: " + list(checked))
	}
	l.keyNotes = notes.Lines()
	return nil
}

// text returns a value of a query for a note.
func text(value []byte) string { return printable.Cut(strings.ToValidUTF8(string(value), "?"), 200) }

// list returns the first names of a list, and the number of the others.
func list(names []string) string {
	const most = 10
	shown := strings.Join(names[:min(len(names), most)], ", ")
	if more := len(names) - most; more > 0 {
		shown += fmt.Sprintf(", … and %d more", more)
	}
	return shown
}
