package grants

import (
	"fmt"
	"slices"

	"github.com/pgvault/pgvault/internal/postgres"
)

// SQL returns statements, without semicolons, that grant exactly what is
// missing. The database's owner or an administrator must run them in the
// database. ALTER DEFAULT PRIVILEGES FOR ROLE needs membership in that role.
func (r Report) SQL() []string {
	var statements []string
	for _, o := range slices.Concat(r.Missing, r.EmptySchemas) {
		statements = append(statements, r.grant(o))
	}
	statements = append(statements, r.rowSecuritySQL()...)
	for _, d := range r.Defaults {
		statements = append(statements, r.defaultSQL(d))
	}
	return statements
}

// ReadAllDataSQL returns statements that grant the same access through
// membership in pg_read_all_data. It covers all current and future schemas,
// tables and sequences of the server, and large objects from PostgreSQL 19 on.
// It returns nil before PostgreSQL 14, which has no such role.
func (r Report) ReadAllDataSQL() []string {
	if r.ServerMajor < 14 {
		return nil
	}
	var statements []string
	covered := false
	for _, o := range slices.Concat(r.Missing, r.EmptySchemas) {
		if r.readAllDataCovers(o.Kind) {
			covered = true
			continue
		}
		statements = append(statements, r.grant(o))
	}
	for _, d := range r.Defaults {
		if r.readAllDataCovers(d.Kind) {
			covered = true
			continue
		}
		statements = append(statements, r.defaultSQL(d))
	}
	if covered {
		statements = append(r.membershipSQL(), statements...)
	}
	return append(statements, r.rowSecuritySQL()...)
}

func (r Report) readAllDataCovers(k Kind) bool {
	switch k {
	case Schema, Table, Sequence:
		return true
	case LargeObject:
		return r.ServerMajor >= 19
	}
	return false
}

// membershipSQL makes the role inherit the privileges of the roles it is a
// member of.
func (r Report) membershipSQL() []string {
	grant := "GRANT pg_read_all_data TO " + r.role()
	switch {
	case r.inherits:
		return []string{grant}
	case r.ServerMajor >= 16:
		return []string{grant + " WITH INHERIT TRUE"}
	}
	return []string{grant, fmt.Sprintf("ALTER ROLE %s INHERIT", r.role())}
}

func (r Report) grant(o Object) string {
	privilege := "SELECT"
	switch o.Kind {
	case Database:
		return fmt.Sprintf("GRANT CONNECT ON %s TO %s", o.target(), postgres.QuoteIdent(r.login))
	case Schema:
		privilege = "USAGE"
	}
	return fmt.Sprintf("GRANT %s ON %s TO %s", privilege, o.target(), r.role())
}

// target returns the object as written in GRANT.
func (o Object) target() string {
	switch o.Kind {
	case Database:
		return "DATABASE " + postgres.QuoteIdent(o.Name)
	case Schema:
		return "SCHEMA " + postgres.QuoteIdent(o.Name)
	case Sequence:
		return "SEQUENCE " + o.String()
	case LargeObject:
		return "LARGE OBJECT " + o.Name
	}
	return "TABLE " + o.String()
}

// String returns the object's name, quoted.
func (o Object) String() string {
	switch {
	case o.Kind == LargeObject:
		return o.Name
	case o.Schema == "":
		return postgres.QuoteIdent(o.Name)
	}
	return postgres.QuoteIdent(o.Schema) + "." + postgres.QuoteIdent(o.Name)
}

// rowSecuritySQL exempts the role from all policies with BYPASSRLS. For tables
// without forced policies, membership in the owner would do, but would also
// allow the role to change the tables.
func (r Report) rowSecuritySQL() []string {
	if len(r.HiddenRows) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("ALTER ROLE %s BYPASSRLS", r.role())}
}

func (r Report) defaultSQL(d DefaultPrivilege) string {
	privilege := map[Kind]string{
		Table: "SELECT ON TABLES", Sequence: "SELECT ON SEQUENCES", Schema: "USAGE ON SCHEMAS", LargeObject: "SELECT ON LARGE OBJECTS",
	}[d.Kind]
	return fmt.Sprintf("ALTER DEFAULT PRIVILEGES FOR ROLE %s GRANT %s TO %s", postgres.QuoteIdent(d.Maker), privilege, r.role())
}

func (r Report) role() string { return postgres.QuoteIdent(r.Role) }
