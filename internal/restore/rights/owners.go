package rights

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

// omit is the way out of everything that owners and grants need.
const omit = "leave out owners and grants: --owners omit --grants omit"

// createThem is the way out of roles that do not exist.
const createThem = "let the restore create the recorded roles: --roles"

// bySuperuser is the way out of everything that no statement gives.
const bySuperuser = "restore as a superuser: name by --secret the secret of one"

// databaseOwner is the predefined role of which the owner of a database is the only
// member. Nobody else can be made one.
const databaseOwner = "pg_database_owner"

// named is a role that the dump names, with the objects that need it.
type named struct {
	name    string
	objects []string
	// what the server says of it
	oid                      uint32
	exists, super, has, sets bool
}

// owners returns the roles that objects are given to, with their objects, in the
// order of their names.
func (c *check) owners() []*named {
	found := map[string]*named{}
	for i := range c.TOC.Entries {
		e := &c.TOC.Entries[i]
		if !c.Chosen.Has(e) || !c.givenTo(e) {
			continue
		}
		if found[e.Owner] == nil {
			found[e.Owner] = &named{name: e.Owner}
		}
		found[e.Owner].objects = append(found[e.Owner].objects, objectName(e))
	}
	return sorted(found)
}

// givenTo reports whether restoring e needs to act for its owner.
func (c *check) givenTo(e *archive.Entry) bool {
	switch {
	case e.Owner == "" || e.Owner == databaseOwner || pgtools.IsServiceRole(e.Owner):
		return false
	// Before version 15, the schema belongs to the superuser in the dump as in every new
	// database.
	case e.Desc == "SCHEMA" && e.Tag == "public" && c.major < 15:
		return false
	case e.Desc == archive.DescDefaultACL:
		return c.Grants
	}
	return c.Owners && !archive.IsGrant(e.Desc) && !slices.Contains([]string{
		"DATABASE", "DATABASE PROPERTIES", archive.DescTableData, archive.DescSequenceSet, "COMMENT", "SECURITY LABEL", "INDEX", "CONSTRAINT", "FK CONSTRAINT", "CHECK CONSTRAINT", "DEFAULT", "TRIGGER", "RULE", "POLICY",
	}, e.Desc)
}

func sorted(found map[string]*named) []*named {
	list := make([]*named, 0, len(found))
	for _, n := range found {
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b *named) int { return strings.Compare(a.name, b.name) })
	return list
}

// look asks the server about roles.
func (c *check) look(ctx context.Context, roles []*named) error {
	names := make([]string, len(roles))
	for i, n := range roles {
		names[i] = n.name
	}
	set := "MEMBER"
	if c.major >= 16 {
		set = "SET"
	}
	var at int
	var oid uint32
	var exists, super, has, sets bool
	return c.each(ctx, "look for the dump's roles", `SELECT w.at::int - 1, coalesce(r.oid, 0), r.oid IS NOT NULL, coalesce(r.rolsuper, false),
			coalesce(pg_catalog.pg_has_role($2::oid, r.oid, 'USAGE'), false), coalesce(pg_catalog.pg_has_role($2::oid, r.oid, '`+set+`'), false)
		FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS w (name, at) LEFT JOIN pg_catalog.pg_roles r ON r.rolname = w.name`,
		[]any{names, c.self.oid}, []any{&at, &oid, &exists, &super, &has, &sets}, func() {
			n := roles[at]
			n.oid, n.exists, n.super, n.has, n.sets = oid, exists, super, has, sets
		})
}

// checkOwners finds the owners that do not exist, and those that the role may not
// act for.
func (c *check) checkOwners(ctx context.Context) error {
	owners := c.owners()
	if err := c.look(ctx, owners); err != nil {
		return err
	}
	var made []*named
	for _, n := range owners {
		switch {
		case !n.exists && c.Roles:
			made = append(made, n)
		case !n.exists:
			c.lacksRole(n)
		case c.self.super || n.has && n.sets:
		default:
			c.lacksMembership(n, "owns "+listed(n.objects))
		}
	}
	if len(made) > 0 && !c.self.super {
		return c.checkMade(ctx, made)
	}
	return nil
}

// lacksRole adds an owner that does not exist.
func (c *check) lacksRole(n *named) {
	l := Lack{
		Text:    fmt.Sprintf("finds no role %s, which owns %s in the dump", quoted(n.name), listed(n.objects)),
		Instead: []string{createThem, omit},
	}
	if !reserved(n.name) {
		l.SQL = []string{"CREATE ROLE " + postgres.QuoteIdent(n.name)}
		if !c.self.super {
			l.SQL = append(l.SQL, c.join(n.name)...)
		}
	}
	c.lacks(l)
}

// lacksMembership adds a role that the signed-in one may not act for.
func (c *check) lacksMembership(n *named, why string) {
	l := Lack{Text: fmt.Sprintf("may not act for role %s, which %s", quoted(n.name), why), Instead: []string{omit}}
	switch {
	case n.super:
		l.Text += ", and is a superuser, to which no role should be added"
		l.Instead = []string{bySuperuser, omit}
	case reserved(n.name):
		l.Text += ", and is reserved, so that no role can be added to it"
		l.Instead = []string{bySuperuser, omit}
	default:
		l.SQL = c.join(n.name)
		c.acting = append(c.acting, n.oid)
	}
	c.lacks(l)
}

// join returns the statements that let the role act for another one.
func (c *check) join(to string) []string { return c.member(to, "INHERIT TRUE, SET TRUE") }

// inherit returns the statements that give the role the privileges of another one.
func (c *check) inherit(from string) []string { return c.member(from, "INHERIT TRUE") }

// member returns the statements that make the role a member of another one. Before
// version 16, a membership has no options.
func (c *check) member(of, options string) []string {
	grant := "GRANT " + postgres.QuoteIdent(of) + " TO " + c.name()
	c.report.runner = c.grantor()
	switch {
	case c.major >= 16:
		return []string{grant + " WITH " + options}
	case !c.self.inherits:
		return []string{grant, "ALTER ROLE " + c.name() + " INHERIT"}
	}
	return []string{grant}
}

// grantor returns who may make the role a member of others.
func (c *check) grantor() string {
	who := "a superuser, or as a role with CREATEROLE"
	if c.major >= 16 {
		who = "a superuser, or as a role with CREATEROLE that has these roles WITH ADMIN OPTION, as whoever created them has"
	}
	if c.managed {
		who += " (a service's administrator is no superuser)"
	}
	return who
}

// checkMade checks the owners that the restore is to create. Without superuser
// rights, a role is no member of the roles that it creates, unless it has asked for
// that from PostgreSQL 16 on.
func (c *check) checkMade(ctx context.Context, made []*named) error {
	names := make([]string, len(made))
	for i, n := range made {
		names[i] = quoted(n.name)
	}
	l := Lack{
		Text:    "does not become a member of the roles that the restore creates, and could not act for " + listed(names),
		Instead: []string{bySuperuser, omit},
	}
	if c.major >= 16 {
		var itself string
		err := c.conn.QueryRow(ctx, `SELECT pg_catalog.current_setting('createrole_self_grant')`).Scan(&itself)
		if err != nil {
			return c.failed(ctx, "read createrole_self_grant", err)
		}
		if strings.Contains(itself, "set") && strings.Contains(itself, "inherit") {
			return nil
		}
		l.SQL = []string{"ALTER ROLE " + postgres.QuoteIdent(c.login) + " SET createrole_self_grant = 'set, inherit'"}
		c.lacks(l)
		return nil
	}
	for _, n := range made {
		if !reserved(n.name) {
			l.SQL = append(l.SQL, "CREATE ROLE "+postgres.QuoteIdent(n.name))
			l.SQL = append(l.SQL, c.join(n.name)...)
		}
	}
	c.lacks(l)
	return nil
}

// reserved reports whether a role belongs to PostgreSQL, or to a service.
func reserved(name string) bool {
	return strings.HasPrefix(name, "pg_") || pgtools.IsServiceRole(name) || slices.Contains([]string{"rds_superuser", "rdsadmin", "cloudsqlsuperuser", "cloudsqladmin"}, name)
}

func quoted(name string) string { return printable.Cut(postgres.QuoteIdent(name), keptName) }

// objectName returns the name of an entry for a message.
func objectName(e *archive.Entry) string {
	kind, name := e.Desc, e.Tag
	if before, after, found := strings.Cut(e.Tag, " "); found && e.Desc == "ACL" { // "TABLE name"
		kind, name = before, after
	}
	if e.Namespace != "" {
		name = e.Namespace + "." + name
	}
	return strings.ToLower(kind) + " " + name
}
