package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// DatabaseFacts are the properties of a database that pg_restore does not
// restore under another name.
type DatabaseFacts struct {
	Name     string
	Encoding string
	// Collate and Ctype are the libc locales.
	Collate string
	Ctype   string
	// LocaleProvider is libc, icu or builtin; libc before PostgreSQL 15.
	LocaleProvider string
	// ICULocale is the locale of the providers icu and builtin.
	ICULocale        string
	ICURules         string
	CollationVersion string
	Owner            string
	Comment          string
	Tablespace       string
	// ConnectionLimit is -1 for none.
	ConnectionLimit  int
	AllowConnections bool
	IsTemplate       bool
	// ACL lists the aclitems, such as "alice=CTc/bob". ACLIsDefault reports
	// whether no privilege was ever granted or revoked, which differs from an
	// empty list.
	ACL          []string
	ACLIsDefault bool
	Settings     []Setting

	SizeBytes    int64
	Tables       int64
	Sequences    int64
	LargeObjects int64
	Schemas      int64
}

// Setting is a setting made by ALTER DATABASE … SET, or by ALTER ROLE … IN
// DATABASE … SET if Role is not empty.
type Setting struct {
	Role  string
	Name  string
	Value string
}

// ReadDatabase returns the facts of the database that conn is connected to.
// [sharedNames] reads the names shared by the whole server.
func ReadDatabase(ctx context.Context, conn *pgx.Conn) (DatabaseFacts, error) {
	return sharedNames(ctx, conn, func() (DatabaseFacts, error) { return readDatabase(ctx, conn) })
}

func readDatabase(ctx context.Context, conn *pgx.Conn) (DatabaseFacts, error) {
	server, err := ReadServer(ctx, conn)
	if err != nil {
		return DatabaseFacts{}, err
	}
	if err := checkTexts(ctx, conn); err != nil {
		return DatabaseFacts{}, err
	}
	var f DatabaseFacts
	err = conn.QueryRow(ctx, databaseQuery(server.Major)).Scan(
		&f.Name, &f.Encoding, &f.Collate, &f.Ctype, &f.LocaleProvider, &f.ICULocale, &f.ICURules, &f.CollationVersion,
		&f.Owner, &f.Comment, &f.Tablespace, &f.ConnectionLimit, &f.AllowConnections, &f.IsTemplate, &f.ACLIsDefault, &f.ACL, &f.SizeBytes)
	if err != nil {
		return DatabaseFacts{}, fmt.Errorf("read the database's properties: %w", Ended(ctx, Classify(err, connTarget(conn))))
	}
	if f.Settings, err = readSettings(ctx, conn); err != nil {
		return DatabaseFacts{}, err
	}
	err = conn.QueryRow(ctx, countQuery).Scan(&f.Tables, &f.Sequences, &f.Schemas, &f.LargeObjects)
	if err != nil {
		return DatabaseFacts{}, fmt.Errorf("count the database's objects: %w", Ended(ctx, Classify(err, connTarget(conn))))
	}
	return f, nil
}

// databaseQuery returns the query with the columns of the server's version.
func databaseQuery(major int) string {
	provider, locale, rules, collversion := `'libc'`, `''`, `''`, `''`
	if major >= 15 {
		provider = `CASE d.datlocprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE d.datlocprovider::text END`
		collversion = `coalesce(d.datcollversion, '')`
		locale = `coalesce(d.daticulocale, '')`
	}
	if major >= 16 {
		rules = `coalesce(d.daticurules, '')`
	}
	if major >= 17 {
		locale = `coalesce(d.datlocale, '')`
	}
	columns := []string{
		`d.datname`, `pg_encoding_to_char(d.encoding)`, `d.datcollate`, `d.datctype`, provider, locale, rules, collversion,
		`pg_get_userbyid(d.datdba)`, `coalesce(shobj_description(d.oid, 'pg_database'), '')`, `t.spcname`, `d.datconnlimit`,
		`d.datallowconn`, `d.datistemplate`, `d.datacl IS NULL`, `coalesce(d.datacl::text[], '{}')`, `pg_database_size(d.oid)`,
	}
	return `SELECT ` + strings.Join(columns, ", ") +
		` FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace WHERE d.datname = current_database()`
}

const countQuery = `
	SELECT count(*) FILTER (WHERE c.relkind IN ('r', 'p')), count(*) FILTER (WHERE c.relkind = 'S'),
		(SELECT count(*) FROM pg_namespace n WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'),
		(SELECT count(*) FROM pg_largeobject_metadata)
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'`

func readSettings(ctx context.Context, conn *pgx.Conn) ([]Setting, error) {
	rows, err := conn.Query(ctx, `
		SELECT CASE s.setrole WHEN 0 THEN '' ELSE pg_get_userbyid(s.setrole) END, split_part(c, '=', 1), substr(c, strpos(c, '=') + 1)
		FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) WITH ORDINALITY AS u(c, n)
		WHERE d.datname = current_database() ORDER BY 1, u.n`)
	if err != nil {
		return nil, fmt.Errorf("read the database's settings: %w", Ended(ctx, Classify(err, connTarget(conn))))
	}
	settings, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Setting])
	if err != nil {
		return nil, fmt.Errorf("read the database's settings: %w", Ended(ctx, Classify(err, connTarget(conn))))
	}
	return settings, nil
}
