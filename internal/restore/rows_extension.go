package restore

import (
	"context"
	"strconv"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// maxCondition bounds the condition by which an extension restricts the dump of a
// table, in bytes.
const maxCondition = 64 << 10

// conditions returns which rows of extensions' tables the dump has, by the
// tables' names in SQL: a WHERE clause, or "" for all rows. Other rows belong
// to the extension.
func (l *loader) conditions(ctx context.Context, tables []*archive.Entry) (map[string]string, error) {
	conditions := map[string]string{}
	for _, e := range tables {
		if !selection.FillsExtensionTable(l.toc, e) {
			continue
		}
		name := sqlName(e)
		results, err := l.session.Conn.PgConn().Exec(ctx, `SELECT pg_catalog.left(condition, `+strconv.Itoa(maxCondition+1)+`) FROM pg_catalog.pg_extension,
			ROWS FROM (unnest(extconfig, extcondition)) AS configuration (relation, condition)
			WHERE relation OPERATOR(pg_catalog.=) pg_catalog.to_regclass(`+postgres.QuoteLiteral(name)+")").ReadAll()
		if err != nil {
			return nil, l.refusal(ctx, err, "look at an extension's tables", "")
		}
		for _, row := range results[0].Rows {
			if len(row[0]) > maxCondition {
				return nil, failure.New(failure.StatementRefused, "Restore into a database without the extension.",
					"the condition by which an extension of the target restricts the dump of its table %s has more than %d bytes", name, maxCondition)
			}
			conditions[name] = string(row[0])
		}
	}
	return conditions, nil
}

// emptying returns the SQL that deletes the rows of tables, except those that
// belong to extensions.
func emptying(tables []string, conditions map[string]string) string {
	var truncated, statements []string
	for _, name := range tables {
		if condition := conditions[name]; condition != "" {
			statements = append(statements, "DELETE FROM ONLY "+name+" "+condition+";")
		} else {
			truncated = append(truncated, name)
		}
	}
	if len(truncated) > 0 {
		statements = append([]string{"TRUNCATE " + strings.Join(truncated, ", ") + ";"}, statements...)
	}
	return strings.Join(statements, " ")
}
