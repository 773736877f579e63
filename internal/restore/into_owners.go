package restore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// handOver finishes the loaded tables: it sets the sequences, gives the tables to
// their owners with their grants, fills materialized views, and analyzes all. acl are
// the grants.
func (n *intoLoading) handOver(ctx context.Context, acl []int) error {
	session, err := n.openInto(ctx, n.job, n.redefined.toc)
	if err != nil {
		return err
	}
	defer session.Close(ctx)
	line := n.databaseLine("finish the tables")
	defer line.Close()
	if err := session.run(ctx, "set the sequences", n.sequenceValues); err != nil {
		return err
	}
	owners, err := n.owners(ctx, session)
	if err != nil {
		return err
	}
	if err := session.run(ctx, "give the tables to their owners", n.giving(owners)); err != nil {
		return err
	}
	if err := n.grant(ctx, session, acl); err != nil || n.failed() {
		return err
	}
	for _, query := range []string{refreshes(n.filled()), analyses(n.own)} {
		if err := session.generated(ctx, "fill the views and analyze the tables", query); err != nil {
			return err
		}
	}
	return session.run(ctx, "take the owners' access", n.schemaGrants("REVOKE ALL ON SCHEMA %s FROM %s; ", owners))
}

// owners returns the roles that own the definitions, except the signed-in one.
func (n *intoLoading) owners(ctx context.Context, session *intoSession) ([]string, error) {
	if !n.job.Owners {
		return nil, nil
	}
	self, err := session.texts(ctx, "look at the session", "SELECT current_user")
	if err != nil {
		return nil, err
	}
	var owners []string
	for i := range n.redefined.toc.Entries {
		e := &n.redefined.toc.Entries[i]
		if n.own.has(e) && e.Owner != "" && e.Owner != self[0] && !slices.Contains(owners, e.Owner) {
			owners = append(owners, e.Owner)
		}
	}
	return owners, nil
}

// giving returns the statements that give the tables to their owners. A role must
// have the right to create in the schema of a table that it is given.
func (n *intoLoading) giving(owners []string) string {
	var b strings.Builder
	b.WriteString(n.schemaGrants("GRANT USAGE, CREATE ON SCHEMA %s TO %s; ", owners))
	for i := range n.redefined.toc.Entries {
		e := &n.redefined.toc.Entries[i]
		if kind := n.ownedAs(e); kind != "" && slices.Contains(owners, e.Owner) {
			fmt.Fprintf(&b, "ALTER %s %s OWNER TO %s; ", kind, sqlName(e), postgres.QuoteIdent(e.Owner))
		}
	}
	return b.String()
}

// ownedAs returns the kind by which ALTER changes the owner of an entry; "" if it
// has none of its own.
func (n *intoLoading) ownedAs(e *archive.Entry) string {
	switch {
	case !n.own.has(e):
	case e.Desc == "STATISTICS":
		return "STATISTICS"
	case e.Desc == "SEQUENCE" && dependsOn(n.redefined.toc, e, isTable):
		// It follows its table.
	case slices.Contains([]string{"TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE", "SEQUENCE"}, e.Desc):
		return "TABLE"
	}
	return ""
}

// schemaGrants returns a statement for each schema and role.
func (n *intoLoading) schemaGrants(format string, roles []string) string {
	var b strings.Builder
	for _, schema := range n.own.names() {
		for _, role := range roles {
			fmt.Fprintf(&b, format, schema, postgres.QuoteIdent(role))
		}
	}
	return b.String()
}

// grant restores the grants, in place of those that the database gives every new
// table.
func (n *intoLoading) grant(ctx context.Context, session *intoSession, acl []int) error {
	if !n.job.Grants {
		return nil
	}
	err := session.generated(ctx, "revoke what new tables are granted", fmt.Sprintf(`SELECT DISTINCT pg_catalog.format('REVOKE ALL ON TABLE %%s FROM %%s', c.oid::pg_catalog.regclass,
		CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(grantee)) END)
		FROM pg_catalog.pg_class c, pg_catalog.aclexplode(relacl) WHERE relnamespace IN %s AND grantee OPERATOR(pg_catalog.<>) relowner`, n.own.oids()))
	if err != nil {
		return err
	}
	return n.define(ctx, acl)
}

// generated runs the statements that a query returns, one after another.
func (s *intoSession) generated(ctx context.Context, doing, query string) error {
	statements, err := s.texts(ctx, doing, query)
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if err := s.run(ctx, doing, statement); err != nil {
			return err
		}
	}
	return nil
}

// filled returns the materialized views of the job's schemas that the dump has with
// rows. What they read may be in the database, and need not be chosen.
func (n *intoLoading) filled() (views []TableName) {
	if n.job.Wanted.Content == selection.SchemaOnly {
		return nil
	}
	for i := range n.loading.toc.Entries {
		e := &n.loading.toc.Entries[i]
		name := TableName{n.own[e.Namespace], e.Tag}
		if e.Desc == "MATERIALIZED VIEW DATA" && !slices.Contains(views, name) {
			views = append(views, name)
		}
	}
	return views
}

// refreshes returns the query for the statements that fill materialized views. A
// view that another one reads has a lower OID.
func refreshes(views []TableName) string {
	list := []string{"NULL"}
	for _, view := range views {
		list = append(list, view.regclass())
	}
	return "SELECT pg_catalog.format('REFRESH MATERIALIZED VIEW %s', oid::pg_catalog.regclass) FROM pg_catalog.pg_class WHERE relkind OPERATOR(pg_catalog.=) 'm' AND oid OPERATOR(pg_catalog.=) ANY (ARRAY[" + strings.Join(list, ", ") + "]::pg_catalog.oid[]) ORDER BY oid"
}

// analyses returns the query for the statements that collect the planner's
// statistics, since the tables are queried as soon as they are in place.
func analyses(own schemas) string {
	return "SELECT pg_catalog.format('ANALYZE %s', oid::pg_catalog.regclass) FROM pg_catalog.pg_class WHERE relkind OPERATOR(pg_catalog.=) ANY ('{r,m}') AND relnamespace IN " + own.oids() + " ORDER BY oid"
}
