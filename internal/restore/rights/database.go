package rights

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
)

// Database returns what the role of a session lacks to restore into a new database.
// The session is in any database of the server.
func Database(ctx context.Context, conn *pgx.Conn, w Wish) (Report, error) {
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
	if err := c.checkDatabaseOwner(ctx); err != nil {
		return Report{}, err
	}
	if err := c.checkGrants(ctx); err != nil {
		return Report{}, err
	}
	c.checkSuperuser()
	return c.report, nil
}

// checkAttributes checks the attributes of the role. The role for backups should not
// get them.
func (c *check) checkAttributes() {
	const signIn = "sign in as a role that may: name its secret by --secret, or the role by --entra-user"
	if !c.self.createDB {
		c.lacks(Lack{Text: "may not create databases", SQL: []string{"ALTER ROLE " + c.name() + " CREATEDB"}, Instead: []string{signIn}})
	}
	if c.Roles && !c.self.createRole {
		c.lacks(Lack{Text: "may not create roles", SQL: []string{"ALTER ROLE " + c.name() + " CREATEROLE"}, Instead: []string{signIn, "leave out --roles"}})
	}
}

// checkDatabaseOwner checks that the role may give the database to its owner. An
// owner that does not exist is passed over when the database is published.
func (c *check) checkDatabaseOwner(ctx context.Context) error {
	if !c.Owners || c.Owner == "" || c.self.super {
		return nil
	}
	owner := &named{name: c.Owner}
	if err := c.look(ctx, []*named{owner}); err != nil {
		return err
	}
	if owner.exists && !owner.sets {
		c.lacksMembership(owner, "owns the database")
	}
	return nil
}

// omitGrants is the way out of what grants alone need.
const omitGrants = "leave out grants: --grants omit"

// grantees matches the role in a statement of an entry with grants, as pg_dump writes
// it.
var grantees = regexp.MustCompile(`(?m)^(?:GRANT|ALTER DEFAULT PRIVILEGES) .* TO ("(?:[^"]|"")+"|[a-z_][a-z0-9_]*)(?: WITH GRANT OPTION)?;$`)

// checkGrants finds roles that grants name and that do not exist, and grants that
// only a superuser can make.
func (c *check) checkGrants(ctx context.Context) error {
	if !c.Grants {
		return nil
	}
	found := map[string]*named{}
	var foreign []string
	for i := range c.TOC.Entries {
		e := &c.TOC.Entries[i]
		if !c.Chosen.Has(e) || !archive.IsGrant(e.Desc) {
			continue
		}
		if strings.Contains(e.Defn, "SET SESSION AUTHORIZATION ") {
			foreign = append(foreign, objectName(e))
		}
		for _, match := range grantees.FindAllStringSubmatch(e.Defn, -1) {
			name := unquoted(match[1])
			if found[name] == nil {
				found[name] = &named{name: name}
			}
			found[name].objects = append(found[name].objects, objectName(e))
		}
	}
	if len(foreign) > 0 && !c.self.super {
		c.lacks(Lack{
			Text:    "may not grant in the name of another role, as the dump does in " + listed(foreign),
			Instead: []string{bySuperuser, omitGrants},
		})
	}
	return c.checkGrantees(ctx, sorted(found))
}

func (c *check) checkGrantees(ctx context.Context, roles []*named) error {
	if err := c.look(ctx, roles); err != nil {
		return err
	}
	for _, n := range roles {
		if n.exists || c.Roles || reserved(n.name) {
			continue
		}
		c.lacks(Lack{
			Text:    fmt.Sprintf("finds no role %s, which has grants in the dump: %s", quoted(n.name), listed(n.objects)),
			SQL:     []string{"CREATE ROLE " + postgres.QuoteIdent(n.name)},
			Instead: []string{createThem, omitGrants},
		})
	}
	return nil
}

// unquoted returns the name of an identifier.
func unquoted(sql string) string {
	if !strings.HasPrefix(sql, `"`) {
		return sql
	}
	return strings.ReplaceAll(sql[1:len(sql)-1], `""`, `"`)
}

// superuserOnly are the kinds of entries that only a superuser can create, on every
// server that is not a service's.
var superuserOnly = map[string]bool{
	"ACCESS METHOD": true, "EVENT TRIGGER": true, "FOREIGN DATA WRAPPER": true, "OPERATOR CLASS": true, "OPERATOR FAMILY": true,
	"TEXT SEARCH PARSER": true, "TEXT SEARCH TEMPLATE": true,
}

// checkSuperuser finds definitions that only a superuser can create. A service lets
// its administrators create some of them, which only the attempt shows.
func (c *check) checkSuperuser() {
	if c.self.super || c.managed {
		return
	}
	var objects []string
	for i := range c.TOC.Entries {
		e := &c.TOC.Entries[i]
		if c.Chosen.Has(e) && (superuserOnly[e.Desc] || e.Desc == "PUBLICATION" && strings.Contains(e.Defn, " FOR ALL TABLES")) {
			objects = append(objects, objectName(e))
		}
	}
	if len(objects) > 0 {
		c.lacks(Lack{Text: "is no superuser, and only a superuser can create " + listed(objects), Instead: []string{bySuperuser, "restore single tables or schemas: --table, --schema"}})
	}
}
