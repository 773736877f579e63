package rights

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// Rows returns what the role of a session lacks to load rows alone into the database
// of the session. Tables and sequences that are missing there are passed over.
func Rows(ctx context.Context, conn *pgx.Conn, w Wish) (Report, error) {
	c, err := begin(ctx, conn, w)
	if err != nil || c.self.super {
		return c.reported(), err
	}
	g, err := c.goals()
	if err != nil {
		return Report{}, err
	}
	for _, step := range []func(context.Context, goals) error{c.checkSilence, c.checkSchemas, c.checkTables, c.checkSequences, c.checkFunctions} {
		if err := step(ctx, g); err != nil {
			return Report{}, err
		}
	}
	return c.report, nil
}

func (c *check) reported() Report {
	if c == nil {
		return Report{}
	}
	return c.report
}

// goals are the objects of a restore of rows, in loading order. The two lists of
// each are of the same length.
type goals struct {
	// schemas and tables are the tables whose rows are loaded.
	schemas, tables []string
	// intoSchemas and into are those that COPY names, which differ for partitions
	// that are loaded into the partitioned table.
	intoSchemas, into []string
	// sequenceSchemas and sequences are those that get values.
	sequenceSchemas, sequences []string
}

func (c *check) goals() (g goals, err error) {
	for _, e := range selection.LoadOrder(c.TOC, c.Chosen) {
		schema, table := e.Namespace, e.Tag
		if e.LoadsViaPartitionRoot() {
			if schema, table, _, err = e.CopyNames(); err != nil {
				return g, err
			}
		}
		g.schemas, g.tables = append(g.schemas, e.Namespace), append(g.tables, e.Tag)
		g.intoSchemas, g.into = append(g.intoSchemas, schema), append(g.into, table)
	}
	for i := range c.TOC.Entries {
		if e := &c.TOC.Entries[i]; e.Desc == archive.DescSequenceSet && c.Chosen.Has(e) {
			g.sequenceSchemas, g.sequences = append(g.sequenceSchemas, e.Namespace), append(g.sequences, e.Tag)
		}
	}
	return g, nil
}

// loaded selects the tables of $1 and $2 that exist, with their places in the order,
// as the common table expression loaded.
const loaded = `WITH RECURSIVE loaded AS (
		SELECT c.oid, w.place FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) WITH ORDINALITY AS w (schema, name, place)
			JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
	)`

// silenced selects the tables whose triggers the load disables, and those whose
// foreign keys it defers. Only their owner may do that.
const silenced = loaded + `, early AS (
		SELECT k.oid, k.conparentid FROM pg_catalog.pg_constraint k JOIN loaded own ON own.oid = k.conrelid JOIN loaded other ON other.oid = k.confrelid
			WHERE k.contype = 'f' AND NOT k.condeferrable AND own.place < other.place
		UNION SELECT p.oid, p.conparentid FROM early JOIN pg_catalog.pg_constraint p ON p.oid = early.conparentid
	), owned AS (
		SELECT t.tgrelid AS oid, '` + silence + `' AS why FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
			AND (t.tgrelid IN (SELECT oid FROM loaded) OR t.tgrelid IN (SELECT tree.relid FROM loaded, pg_catalog.pg_partition_tree(loaded.oid) tree))
		UNION SELECT k.conrelid, 'defer foreign keys' FROM early JOIN pg_catalog.pg_constraint k ON k.oid = early.oid WHERE k.conparentid = 0
	)
	SELECT o.rolname, o.rolsuper, o.oid, n.nspname, c.relname, pg_catalog.string_agg(DISTINCT owned.why, ' and ')
	FROM owned JOIN pg_catalog.pg_class c ON c.oid = owned.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_roles o ON o.oid = c.relowner
	WHERE NOT pg_catalog.pg_has_role($3::oid, c.relowner, 'USAGE')
	GROUP BY o.rolname, o.rolsuper, o.oid, n.nspname, c.relname ORDER BY o.rolname, n.nspname, c.relname`

// silence says what the load does to triggers.
const silence = "disable triggers"

// checkSilence finds the owners that the role has to join. Their privileges then count
// as the role's.
func (c *check) checkSilence(ctx context.Context, g goals) error {
	found := map[string]*named{}
	reasons := map[string]string{}
	var owner, schema, table, why string
	var super bool
	var oid uint32
	err := c.each(ctx, "look for triggers and foreign keys", silenced, []any{g.intoSchemas, g.into, c.self.oid}, []any{&owner, &super, &oid, &schema, &table, &why}, func() {
		if found[owner] == nil {
			found[owner] = &named{name: owner, super: super}
			if !super && !reserved(owner) {
				c.acting = append(c.acting, oid)
			}
		}
		found[owner].objects = append(found[owner].objects, qualified(schema, table))
		if reason := reasons[owner]; !strings.Contains(reason, why) {
			reasons[owner] = strings.TrimPrefix(reason+" and "+why, " and ")
		}
	})
	if err != nil {
		return err
	}
	for _, n := range sorted(found) {
		c.lacksOwner(n, reasons[n.name])
	}
	return nil
}

// lacksOwner adds an owner that the role has to join, or the statements with which
// its owner does without.
func (c *check) lacksOwner(n *named, why string) {
	l := Lack{Text: fmt.Sprintf("is no member of role %s, which owns %s, and cannot %s", quoted(n.name), listed(n.objects), why)}
	if !n.super && !reserved(n.name) {
		l.SQL = c.inherit(n.name)
		c.lacks(l)
		return
	}
	l.Instead = []string{bySuperuser}
	if why == silence {
		l.Instead = append(l.Instead, "as the owner, disable the triggers before the restore and enable them after it: ALTER TABLE … DISABLE TRIGGER USER;")
	}
	c.lacks(l)
}

// checkSchemas finds the schemas that the role cannot enter.
func (c *check) checkSchemas(ctx context.Context, g goals) error {
	names := slices.Concat(g.schemas, g.intoSchemas, g.sequenceSchemas)
	slices.Sort(names)
	var schema string
	return c.each(ctx, "look at the schemas", `SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.nspname = ANY ($1::text[])
			AND NOT EXISTS (SELECT FROM pg_catalog.unnest($2::oid[]) a WHERE pg_catalog.has_schema_privilege(a, n.oid, 'USAGE')) ORDER BY 1`,
		[]any{slices.Compact(names), c.acting}, []any{&schema}, func() {
			c.lacks(Lack{Text: "lacks USAGE on schema " + quoted(schema), SQL: []string{"GRANT USAGE ON SCHEMA " + postgres.QuoteIdent(schema) + " TO " + c.name()}})
		})
}

// tableRights returns the query for what the role lacks on tables. Reading
// tells whether a table has rows, and the lock needs one of several privileges.
func (c *check) tableRights() string {
	read, lock := `has_any_column_privilege(a, c.oid, 'SELECT')`, `has_table_privilege(a, c.oid, 'UPDATE, DELETE, TRUNCATE')`
	if c.Compared {
		read = `has_table_privilege(a, c.oid, 'SELECT')`
	}
	if c.major >= 17 {
		lock = `has_table_privilege(a, c.oid, 'UPDATE, DELETE, TRUNCATE, MAINTAIN')`
	}
	may := func(condition string) string {
		return `EXISTS (SELECT FROM pg_catalog.unnest($5::oid[]) a WHERE pg_catalog.` + condition + `)`
	}
	return `WITH wanted AS (
			SELECT schema, name, min(place) AS place, bool_or(source) AS source, bool_or(target) AS target FROM (
				SELECT schema, name, place, true AS source, false AS target FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) WITH ORDINALITY AS w (schema, name, place)
				UNION ALL SELECT schema, name, place, false, true FROM ROWS FROM (pg_catalog.unnest($3::text[]), pg_catalog.unnest($4::text[])) WITH ORDINALITY AS w (schema, name, place)
			) both_lists GROUP BY schema, name
		) SELECT n.nspname, c.relname, o.rolname, o.rolsuper,
			w.source AND NOT ` + may(read) + `, w.source AND NOT ` + may(lock) + `,
			w.target AND NOT ` + may(`has_table_privilege(a, c.oid, 'INSERT')`) + ` AND EXISTS (
				SELECT FROM pg_catalog.pg_attribute t WHERE t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped AND t.attgenerated = ''
					AND NOT ` + may(`has_column_privilege(a, c.oid, t.attnum, 'INSERT')`) + `),
			c.relrowsecurity AND (c.relforcerowsecurity OR NOT ` + may(`pg_has_role(a, c.relowner, 'USAGE')`) + `), c.relforcerowsecurity
		FROM wanted w JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
			JOIN pg_catalog.pg_roles o ON o.oid = c.relowner ORDER BY w.place, n.nspname, c.relname`
}

// checkTables finds what the role lacks on the tables.
func (c *check) checkTables(ctx context.Context, g goals) error {
	var schema, table, owner string
	var super, read, lock, write, hidden, forced bool
	var policies []string
	err := c.each(ctx, "look at the tables", c.tableRights(), []any{g.schemas, g.tables, g.intoSchemas, g.into, c.acting},
		[]any{&schema, &table, &owner, &super, &read, &lock, &write, &hidden, &forced}, func() {
			var privileges []string
			if read {
				privileges = append(privileges, "SELECT")
			}
			if write {
				privileges = append(privileges, "INSERT")
			}
			if lock {
				privileges = append(privileges, c.lockPrivilege())
			}
			if len(privileges) > 0 {
				c.lacksOn("TABLE", qualified(schema, table), strings.Join(privileges, ", "))
			}
			if hidden && !c.self.allRows {
				policies = append(policies, qualified(schema, table))
			}
		})
	if err == nil && len(policies) > 0 {
		c.lacks(Lack{Text: "is subject to the row-level security of " + listed(policies), SQL: []string{"ALTER ROLE " + c.name() + " BYPASSRLS"}})
	}
	return err
}

// lockPrivilege returns the least privilege that lets a role lock a table.
func (c *check) lockPrivilege() string {
	if c.major >= 17 {
		return "MAINTAIN"
	}
	return "TRUNCATE"
}

func (c *check) lacksOn(kind, object, privileges string) {
	c.lacks(Lack{
		Text: "lacks " + privileges + " on " + strings.ToLower(kind) + " " + listed([]string{object}),
		SQL:  []string{"GRANT " + privileges + " ON " + kind + " " + object + " TO " + c.name()},
	})
}

// checkSequences finds the sequences that the role may not set.
func (c *check) checkSequences(ctx context.Context, g goals) error {
	var schema, name string
	return c.each(ctx, "look at the sequences", `SELECT n.nspname, c.relname FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS w (schema, name)
			JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind = 'S'
		WHERE NOT EXISTS (SELECT FROM pg_catalog.unnest($3::oid[]) a WHERE pg_catalog.has_table_privilege(a, c.oid, 'UPDATE')) ORDER BY 1, 2`,
		[]any{g.sequenceSchemas, g.sequences, c.acting}, []any{&schema, &name}, func() {
			c.lacksOn("SEQUENCE", qualified(schema, name), "UPDATE")
		})
}

// checkFunctions finds the functions of check constraints, generated columns and
// indexes that the role may not execute.
func (c *check) checkFunctions(ctx context.Context, g goals) error {
	var name string
	return c.each(ctx, "look at the functions", loaded+`, tables AS (
			SELECT oid FROM loaded UNION SELECT tree.relid FROM loaded, pg_catalog.pg_partition_tree(loaded.oid) tree
		), users AS (
			SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass::oid AS class, k.oid FROM pg_catalog.pg_constraint k JOIN tables ON tables.oid = k.conrelid WHERE k.contype = 'c'
			UNION ALL SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, d.oid FROM pg_catalog.pg_attrdef d JOIN tables ON tables.oid = d.adrelid
				JOIN pg_catalog.pg_attribute t ON t.attrelid = d.adrelid AND t.attnum = d.adnum WHERE t.attgenerated <> ''
			UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, i.indexrelid FROM pg_catalog.pg_index i JOIN tables ON tables.oid = i.indrelid
		) SELECT DISTINCT pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid))
		FROM users JOIN pg_catalog.pg_depend d ON d.classid = users.class AND d.objid = users.oid AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
			JOIN pg_catalog.pg_proc p ON p.oid = d.refobjid JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
		WHERE NOT EXISTS (SELECT FROM pg_catalog.unnest($3::oid[]) a WHERE pg_catalog.has_function_privilege(a, p.oid, 'EXECUTE')) ORDER BY 1`,
		[]any{g.intoSchemas, g.into, c.acting}, []any{&name}, func() { c.lacksOn("FUNCTION", name, "EXECUTE") })
}

func qualified(schema, name string) string {
	return postgres.QuoteIdent(schema) + "." + postgres.QuoteIdent(name)
}
