package rights

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/postgres"
)

// Into returns what the role of a session lacks to restore tables into the database
// of the session, which exists: into the given schemas, of which those that are
// missing are created. It makes a small database and a schema of its own on the way.
func Into(ctx context.Context, conn *pgx.Conn, w Wish, schemas []string) (Report, error) {
	c, err := begin(ctx, conn, w)
	if err != nil {
		return Report{}, err
	}
	c.checkAttributes()
	if w.TOC == nil {
		return c.report, nil
	}
	if err := c.checkOwners(ctx); err != nil {
		return Report{}, err
	}
	if err := c.checkGrants(ctx); err != nil {
		return Report{}, err
	}
	if c.self.super {
		return c.report, nil
	}
	if schemas == nil {
		schemas = []string{}
	}
	if err := c.checkCreateSchema(ctx); err != nil {
		return Report{}, err
	}
	if err := c.checkDestinations(ctx, schemas); err != nil {
		return Report{}, err
	}
	if err := c.checkReferences(ctx, schemas); err != nil {
		return Report{}, err
	}
	return c.report, nil
}

// checkCreateSchema checks that the role may create schemas in the database.
func (c *check) checkCreateSchema(ctx context.Context) error {
	var may bool
	err := c.conn.QueryRow(ctx, `SELECT coalesce(pg_catalog.bool_or(pg_catalog.has_database_privilege(a, pg_catalog.current_database(), 'CREATE')), false)
		FROM pg_catalog.unnest($1::oid[]) a`, c.acting).Scan(&may)
	if err != nil {
		return c.failed(ctx, "look at the database", err)
	}
	if !may {
		database := postgres.QuoteIdent(c.report.Database)
		c.lacks(Lack{Text: "lacks CREATE on database " + quoted(c.report.Database), SQL: []string{"GRANT CREATE ON DATABASE " + database + " TO " + c.name()}})
	}
	return nil
}

// checkDestinations finds the schemas in which the role may not create.
func (c *check) checkDestinations(ctx context.Context, schemas []string) error {
	var schema string
	return c.each(ctx, "look at the schemas", `SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.nspname = ANY ($1::text[])
			AND NOT (EXISTS (SELECT FROM pg_catalog.unnest($2::oid[]) a WHERE pg_catalog.has_schema_privilege(a, n.oid, 'USAGE'))
				AND EXISTS (SELECT FROM pg_catalog.unnest($2::oid[]) a WHERE pg_catalog.has_schema_privilege(a, n.oid, 'CREATE'))) ORDER BY 1`,
		[]any{schemas, c.acting}, []any{&schema}, func() {
			c.lacks(Lack{
				Text: "lacks USAGE and CREATE on schema " + quoted(schema),
				SQL:  []string{"GRANT USAGE, CREATE ON SCHEMA " + postgres.QuoteIdent(schema) + " TO " + c.name()},
			})
		})
}

// checkReferences finds the existing tables to which the restored ones refer by
// foreign keys that the role may not make.
func (c *check) checkReferences(ctx context.Context, destinations []string) error {
	own := map[[2]string]bool{}
	for i := range c.TOC.Entries {
		if e := &c.TOC.Entries[i]; e.Desc == "TABLE" && c.Chosen.Has(e) {
			own[[2]string{e.Namespace, e.Tag}] = true
		}
	}
	var schemas, tables []string
	for i := range c.TOC.Entries {
		e := &c.TOC.Entries[i]
		if e.Desc != "FK CONSTRAINT" || !slices.ContainsFunc(e.Dependencies, func(id int) bool {
			on, ok := c.TOC.Find(id)
			return ok && on.Desc == "TABLE" && c.Chosen.Has(on)
		}) {
			continue
		}
		key, err := e.ForeignKey()
		if err != nil {
			continue // the restore leaves it out
		}
		if to := [2]string{key.ToSchema, key.ToTable}; !own[to] {
			own[to] = true
			schemas, tables = append(schemas, to[0]), append(tables, to[1])
		}
	}
	return c.checkReferenced(ctx, destinations, schemas, tables)
}

func (c *check) checkReferenced(ctx context.Context, destinations, schemas, tables []string) error {
	var schema, table string
	var enter, refer bool
	return c.each(ctx, "look at the tables that foreign keys refer to", `SELECT n.nspname, c.relname,
			n.nspname = ANY ($4::text[]) OR EXISTS (SELECT FROM pg_catalog.unnest($3::oid[]) a WHERE pg_catalog.has_schema_privilege(a, n.oid, 'USAGE')),
			EXISTS (SELECT FROM pg_catalog.unnest($3::oid[]) a WHERE pg_catalog.has_any_column_privilege(a, c.oid, 'REFERENCES'))
		FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS w (schema, name)
			JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind IN ('r', 'p')
		ORDER BY 1, 2`,
		[]any{schemas, tables, c.acting, destinations}, []any{&schema, &table, &enter, &refer}, func() {
			if !enter {
				c.lacks(Lack{Text: "lacks USAGE on schema " + quoted(schema), SQL: []string{"GRANT USAGE ON SCHEMA " + postgres.QuoteIdent(schema) + " TO " + c.name()}})
			}
			if !refer {
				c.lacksOn("TABLE", qualified(schema, table), "REFERENCES")
			}
		})
}
