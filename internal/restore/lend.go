package restore

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/signin"
)

// lent is the privilege to create in a schema, which an owner has while objects are
// given to it.
type lent struct{ schema, owner string }

func (p lent) object() string {
	return "CREATE ON SCHEMA " + postgres.QuoteIdent(p.schema)
}

// lend grants owners the privilege to create in the schemas of their objects, and
// returns the statements that take it back. The server demands it of the new owner of
// an object unless a superuser gives it, and the schemas' own grants come late: they
// may have taken from an owner the right to fill its tables.
func (l *loading) lend(ctx context.Context) (takeBack string, err error) {
	var schemas, owners []string
	for _, p := range l.tenants() {
		schemas, owners = append(schemas, p.schema), append(owners, p.owner)
	}
	if len(schemas) == 0 {
		return "", nil
	}
	session, err := signin.Open(ctx, l.Source, l.job.inside())
	if err != nil {
		return "", err
	}
	defer session.Close(ctx)
	failed := func(err error) error {
		return fmt.Errorf("lend the owners their schemas: %w", postgres.Ended(ctx, postgres.Classify(err, session.Target)))
	}
	rows, err := session.Conn.Query(ctx, `SELECT n.nspname, o.rolname FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS w (schema, owner)
		JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema JOIN pg_catalog.pg_roles o ON o.rolname = w.owner
		WHERE pg_catalog.pg_has_role(n.nspowner, 'USAGE') AND NOT pg_catalog.has_schema_privilege(o.oid, n.oid, 'CREATE')`, schemas, owners)
	if err != nil {
		return "", failed(err)
	}
	var give, take strings.Builder
	var p lent
	_, err = pgx.ForEachRow(rows, []any{&p.schema, &p.owner}, func() error {
		give.WriteString("GRANT " + p.object() + " TO " + postgres.QuoteIdent(p.owner) + ";\n")
		take.WriteString("REVOKE " + p.object() + " FROM " + postgres.QuoteIdent(p.owner) + ";\n")
		return nil
	})
	if err != nil {
		return "", failed(err)
	}
	if _, err := session.Conn.PgConn().Exec(ctx, give.String()).ReadAll(); err != nil {
		return "", failed(err)
	}
	return take.String(), nil
}

// tenants returns the owners of objects in schemas of other owners. A superuser may
// give objects to any of them.
func (l *loading) tenants() []lent {
	if !l.job.Owners || l.server.superuser {
		return nil
	}
	owners := map[string]string{}
	for i := range l.toc.Entries {
		if e := &l.toc.Entries[i]; e.Desc == "SCHEMA" {
			owners[e.Tag] = e.Owner
		}
	}
	var all []lent
	seen := map[lent]bool{}
	for i := range l.toc.Entries {
		e := &l.toc.Entries[i]
		p := lent{e.Namespace, e.Owner}
		if !l.chosen.Has(e) || e.Owner == "" || e.Namespace == "" || e.Section != archive.SectionPreData || archive.IsGrant(e.Desc) || owners[e.Namespace] == e.Owner || seen[p] {
			continue
		}
		seen[p] = true
		all = append(all, p)
	}
	return all
}

// restoreBefore restores the entries that precede the data: first the schemas, in
// which owners may then create. It returns the statements that take that back.
func (l *loading) restoreBefore(ctx context.Context, before []int) (takeBack string, err error) {
	schemas, rest := l.ownSchemas(before)
	if err := l.pgRestore(ctx, schemas, 1); err != nil || l.failed() {
		return "", err
	}
	if takeBack, err = l.lend(ctx); err != nil {
		return "", err
	}
	return takeBack, l.pgRestore(ctx, rest, 1)
}

// ownSchemas separates the schemas from the rest if owners have objects in schemas of
// others.
func (l *loading) ownSchemas(dumpIDs []int) (schemas, rest []int) {
	if len(l.tenants()) == 0 {
		return nil, dumpIDs
	}
	for _, id := range dumpIDs {
		if e, ok := l.toc.Find(id); ok && e.Desc == "SCHEMA" {
			schemas = append(schemas, id)
		} else {
			rest = append(rest, id)
		}
	}
	return schemas, rest
}

// grants takes back what was lent, and restores the grants.
func (l *loading) grants(ctx context.Context, takeBack string, acl []int) error {
	if err := l.endLoan(ctx, takeBack); err != nil {
		return err
	}
	return l.pgRestore(ctx, acl, 1)
}

// endLoan takes back what was lent.
func (l *loading) endLoan(ctx context.Context, takeBack string) error {
	if takeBack == "" {
		return nil
	}
	session, err := signin.Open(ctx, l.Source, l.job.inside())
	if err != nil {
		return err
	}
	defer session.Close(ctx)
	if _, err := session.Conn.PgConn().Exec(ctx, takeBack).ReadAll(); err != nil {
		return fmt.Errorf("take the schemas back: %w", postgres.Ended(ctx, postgres.Classify(err, session.Target)))
	}
	return nil
}
