package restore

import (
	"context"
	"fmt"

	"github.com/pgvault/pgvault/internal/postgres"
)

// inherit makes tables inherit from tables that were not restored.
func (m *mover) inherit(ctx context.Context) error {
	for _, h := range m.plan.heirs {
		statement := "ALTER TABLE " + h.child.SQL() + " INHERIT " + h.parent.SQL()
		refused, err := m.session.attemptWithin(ctx, "inherit", statement)
		if err != nil {
			return err
		}
		if refused != nil {
			m.plan.notes.Add(fmt.Sprintf("%s does not inherit from %s: %s; when that is mended: %s;", h.child, h.parent, told(refused), shown(statement)))
		}
	}
	return nil
}

// addKeys adds the foreign keys of the tables, without checking the rows.
func (m *mover) addKeys(ctx context.Context) error {
	for _, key := range m.plan.keys {
		targets, err := m.session.holders(ctx, key)
		if err != nil {
			return err
		}
		for _, table := range targets {
			refused, err := m.session.attemptWithin(ctx, "add a foreign key", key.addUnchecked(table))
			if err != nil {
				return err
			}
			if refused != nil {
				m.plan.notes.Add(fmt.Sprintf("foreign key %s of %s is left out: %s; when that is mended: %s;", shown(postgres.QuoteIdent(key.Name)), key.table, told(refused), shown(key.add(key.table))))
				break
			}
		}
	}
	return nil
}

// uncheckedVersion is the first version in which a partitioned table may have a
// foreign key whose rows are not checked, as server_version_num.
const uncheckedVersion = 180000

// holders returns the tables that get a foreign key: its table, or the partitions
// of that on servers on which only these can have it without a check. The
// partitioned table then takes their keys as its own, without reading rows.
func (s *intoSession) holders(ctx context.Context, key rescuedKey) ([]TableName, error) {
	apart, err := s.yes(ctx, fmt.Sprintf(`pg_catalog.current_setting('server_version_num')::pg_catalog.int4 OPERATOR(pg_catalog.<) %d
		AND EXISTS (SELECT FROM pg_catalog.pg_class WHERE relkind OPERATOR(pg_catalog.=) 'p' AND oid OPERATOR(pg_catalog.=) %s)`, uncheckedVersion, key.table.regclass()))
	if err != nil || !apart {
		return []TableName{key.table}, err
	}
	rows, err := s.ask(ctx, "look for partitions", fmt.Sprintf(`SELECT nspname, relname FROM pg_catalog.pg_partition_tree(%[1]s) t JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) t.relid
		JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) relnamespace WHERE isleaf AND c.oid OPERATOR(pg_catalog.<>) %[1]s ORDER BY 1, 2`, key.table.regclass()))
	if err != nil {
		return nil, err
	}
	var partitions []TableName
	for _, row := range rows {
		partitions = append(partitions, TableName{row[0], row[1]})
	}
	return partitions, nil
}
