package restore

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pgvault/pgvault/internal/postgres"
)

// follower is an index, a sequence or a statistics object that a table takes with
// it into its schema.
type follower struct {
	kind  string // as in ALTER
	at    TableName
	table TableName // that it belongs to, in the job's schemas
}

// avoidNames renames the followers whose names are taken in the schemas that they
// are moved to, as when a table is restored beside the existing one.
func (m *mover) avoidNames(ctx context.Context) error {
	followers, err := m.followers(ctx)
	if err != nil {
		return err
	}
	tables, used := map[TableName]rescued{}, map[TableName]bool{}
	for _, t := range m.plan.tables {
		tables[m.own.at(t.from)], used[t.to] = t, true
	}
	for _, f := range followers {
		t, ok := tables[f.table]
		if !ok {
			continue
		}
		name, err := m.free(ctx, f, t, used)
		if err != nil {
			return err
		}
		used[name] = true
		if name.Name == f.at.Name {
			continue
		}
		if err := m.session.run(ctx, "rename", fmt.Sprintf("ALTER %s %s RENAME TO %s", f.kind, f.at.SQL(), postgres.QuoteIdent(name.Name))); err != nil {
			return err
		}
		m.plan.notes.Add(fmt.Sprintf("%s %s of %s is named %s, since its name was taken", strings.ToLower(f.kind), shown(postgres.QuoteIdent(f.at.Name)), t.to, name))
	}
	return nil
}

func (m *mover) followers(ctx context.Context) (all []follower, err error) {
	rows, err := m.session.ask(ctx, "look at the loaded tables", fmt.Sprintf(`SELECT kind, n.nspname, name, tn.nspname, t.relname FROM (
			SELECT 'INDEX', relnamespace, relname, indrelid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index ON indexrelid OPERATOR(pg_catalog.=) c.oid
			UNION ALL SELECT 'SEQUENCE', relnamespace, relname, refobjid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_depend d ON d.objid OPERATOR(pg_catalog.=) c.oid
				WHERE relkind OPERATOR(pg_catalog.=) 'S' AND classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND refclassid OPERATOR(pg_catalog.=) classid AND deptype OPERATOR(pg_catalog.=) ANY ('{a,i}')
			UNION ALL SELECT 'STATISTICS', stxnamespace, stxname, stxrelid FROM pg_catalog.pg_statistic_ext
		) f (kind, namespace, name, relation) JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) namespace
		JOIN pg_catalog.pg_class t ON t.oid OPERATOR(pg_catalog.=) relation JOIN pg_catalog.pg_namespace tn ON tn.oid OPERATOR(pg_catalog.=) t.relnamespace
		WHERE namespace IN %s ORDER BY 1, 2, 3`, m.own.oids()))
	for _, row := range rows {
		all = append(all, follower{kind: row[0], at: TableName{row[1], row[2]}, table: TableName{row[3], row[4]}})
	}
	return all, err
}

// free returns a name that is free in the schema of the follower's table: its own,
// or one made from the table's new name.
func (m *mover) free(ctx context.Context, f follower, t rescued, used map[TableName]bool) (TableName, error) {
	base := f.at.Name
	if after, ok := strings.CutPrefix(base, t.from.Name); ok && t.from.Name != t.to.Name {
		base = t.to.Name + after
	} else {
		base += "_" + t.to.Name
	}
	name := TableName{t.to.Schema, f.at.Name}
	for i := 1; ; i++ {
		taken, err := m.taken(ctx, f.kind, name)
		if err == nil && !taken && name.Name != f.at.Name { // the follower is renamed where it is
			taken, err = m.taken(ctx, f.kind, TableName{f.at.Schema, name.Name})
		}
		if err != nil || !taken && !used[name] {
			return name, err
		}
		suffix := ""
		if i > 1 {
			suffix = fmt.Sprintf("_%d", i)
		}
		name.Name = fitting(base, suffix)
	}
}

func (m *mover) taken(ctx context.Context, kind string, name TableName) (bool, error) {
	catalog, column, namespace := "pg_class", "relname", "relnamespace"
	if kind == "STATISTICS" {
		catalog, column, namespace = "pg_statistic_ext", "stxname", "stxnamespace"
	}
	return m.session.yes(ctx, fmt.Sprintf(`EXISTS (SELECT FROM pg_catalog.%s JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) %s
		WHERE %s OPERATOR(pg_catalog.=) %s AND nspname OPERATOR(pg_catalog.=) %s)`, catalog, namespace, column, postgres.QuoteLiteral(name.Name), postgres.QuoteLiteral(name.Schema)))
}

// fitting returns a name of at most 63 bytes, the server's limit.
func fitting(base, suffix string) string {
	const limit = 63
	for len(base)+len(suffix) > limit {
		_, size := utf8.DecodeLastRuneInString(base)
		base = base[:len(base)-size]
	}
	return base + suffix
}
