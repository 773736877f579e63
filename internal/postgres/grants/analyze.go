package grants

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
)

// Analyze reports what sessions of a login lack to dump the database that conn
// is connected to. If the login is set to another role, the report is about
// that role. Any role may call it, about itself or another.
func Analyze(ctx context.Context, conn *pgx.Conn, login string) (Report, error) {
	a := analysis{conn: conn, report: Report{login: login}}
	if err := a.read(ctx); err != nil {
		return Report{}, fmt.Errorf("look for missing privileges of %q: %w", login, err)
	}
	return a.report, nil
}

// analysis collects a report.
type analysis struct {
	conn   *pgx.Conn
	report Report
	// role is the OID of the report's role.
	role uint32
}

func (a *analysis) read(ctx context.Context) error {
	server, err := postgres.ReadServer(ctx, a.conn)
	if err != nil {
		return err
	}
	a.report.ServerMajor = server.Major
	if a.report.Role, err = postgres.ActingRole(ctx, a.conn, a.report.login); err != nil {
		return err
	}
	if err := a.findRole(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{a.database, a.schemas, a.relations, a.largeObjects, a.hiddenRows, a.defaults} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (a *analysis) findRole(ctx context.Context) error {
	err := a.conn.QueryRow(ctx, `SELECT oid, rolinherit, current_database() FROM pg_roles WHERE rolname = $1`, a.report.Role).
		Scan(&a.role, &a.report.inherits, &a.report.Database)
	if errors.Is(err, pgx.ErrNoRows) {
		return failure.New(failure.DBUserAuthFailed, fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '…';", postgres.QuoteIdent(a.report.Role)), "the server has no role %q", a.report.Role)
	}
	return err
}

// database checks the login, since its role is set after signing in.
func (a *analysis) database(ctx context.Context) error {
	var may bool
	if err := a.conn.QueryRow(ctx, `SELECT has_database_privilege($1::name, current_database(), 'CONNECT')`, a.report.login).Scan(&may); err != nil {
		return err
	}
	if !may {
		a.report.Missing = append(a.report.Missing, Object{Kind: Database, Name: a.report.Database})
	}
	return nil
}

// schemas finds the schemas that the role cannot enter: those that a dump must
// enter now, and those with nothing to dump yet.
func (a *analysis) schemas(ctx context.Context) error {
	rows, err := a.conn.Query(ctx, `WITH needed AS (`+neededRelations+`)
		SELECT n.nspname, EXISTS (SELECT FROM needed WHERE needed.schema_oid = n.oid)
		FROM pg_namespace n
		WHERE (`+ordinarySchema+` OR EXISTS (SELECT FROM needed WHERE needed.schema_oid = n.oid))
			AND NOT has_schema_privilege($1::oid, n.oid, 'USAGE')
		ORDER BY 1`, a.role)
	if err != nil {
		return err
	}
	var name string
	var inUse bool
	_, err = pgx.ForEachRow(rows, []any{&name, &inUse}, func() error {
		list := &a.report.EmptySchemas
		if inUse {
			list = &a.report.Missing
		}
		*list = append(*list, Object{Kind: Schema, Name: name})
		return nil
	})
	return err
}

func (a *analysis) relations(ctx context.Context) error {
	rows, err := a.conn.Query(ctx, `WITH needed AS (`+neededRelations+`)
		SELECT CASE relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, schema, name
		FROM needed
		WHERE CASE relkind WHEN 'S' THEN NOT has_sequence_privilege($1::oid, oid, 'SELECT') ELSE NOT has_table_privilege($1::oid, oid, 'SELECT') END
		ORDER BY relkind = 'S', schema, name`, a.role)
	if err != nil {
		return err
	}
	missing, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Object])
	a.report.Missing = append(a.report.Missing, missing...)
	return err
}

// largeObjects finds the large objects that the role cannot read. Before
// PostgreSQL 18, which added has_largeobject_privilege, it evaluates the access
// list as the server does. lo_compat_privileges disables the check.
func (a *analysis) largeObjects(ctx context.Context) error {
	lacks := `NOT EXISTS (
		SELECT FROM aclexplode(coalesce(m.lomacl, acldefault('L', m.lomowner))) a
		WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_has_role($1::oid, a.grantee, 'USAGE')))
		AND NOT (SELECT rolsuper FROM pg_roles WHERE oid = $1::oid)`
	if a.report.ServerMajor >= 18 {
		lacks = `NOT has_largeobject_privilege($1::oid, m.oid, 'SELECT')`
	}
	rows, err := a.conn.Query(ctx, `SELECT m.oid FROM pg_largeobject_metadata m
		WHERE NOT current_setting('lo_compat_privileges')::boolean AND `+lacks+` ORDER BY 1`, a.role)
	if err != nil {
		return err
	}
	oids, err := pgx.CollectRows(rows, pgx.RowTo[uint32])
	for _, oid := range oids {
		a.report.Missing = append(a.report.Missing, Object{Kind: LargeObject, Name: strconv.FormatUint(uint64(oid), 10)})
	}
	return err
}

// hiddenRows finds the tables whose policies hide rows from the role. By the
// server's rule, BYPASSRLS and superusers see all rows, and so do roles with
// the owner's privileges unless the policies are forced.
func (a *analysis) hiddenRows(ctx context.Context) error {
	rows, err := a.conn.Query(ctx, `WITH needed AS (`+neededRelations+`)
		SELECT needed.schema, needed.name, pg_get_userbyid(c.relowner), c.relforcerowsecurity
		FROM needed JOIN pg_class c ON c.oid = needed.oid
		WHERE needed.copied AND c.relkind = 'r' AND c.relrowsecurity
			AND NOT EXISTS (SELECT FROM pg_roles WHERE pg_roles.oid = $1::oid AND (rolsuper OR rolbypassrls))
			AND (c.relforcerowsecurity OR NOT pg_has_role($1::oid, c.relowner, 'USAGE'))
		ORDER BY 1, 2`, a.role)
	if err != nil {
		return err
	}
	a.report.HiddenRows, err = pgx.CollectRows(rows, pgx.RowToStructByPos[HiddenRows])
	return err
}

// defaults finds the roles whose future objects the role will not be able to
// read.
func (a *analysis) defaults(ctx context.Context) error {
	kinds := []string{"r", "S", "n"}
	if a.report.ServerMajor >= 18 {
		kinds = append(kinds, "L")
	}
	rows, err := a.conn.Query(ctx, defaultsQuery, a.role, kinds)
	if err != nil {
		return err
	}
	letters := map[string]Kind{"r": Table, "S": Sequence, "n": Schema, "L": LargeObject}
	var maker, letter string
	_, err = pgx.ForEachRow(rows, []any{&maker, &letter}, func() error {
		if !slices.Contains(serviceRoles, maker) {
			a.report.Defaults = append(a.report.Defaults, DefaultPrivilege{Maker: maker, Kind: letters[letter]})
		}
		return nil
	})
	return err
}

// Apply runs statements in one transaction.
func Apply(ctx context.Context, conn *pgx.Conn, statements []string) error {
	// The access mode is explicit, since the database's default may be read
	// only.
	return pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{AccessMode: pgx.ReadWrite}, func(tx pgx.Tx) error {
		for _, statement := range statements {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return notApplied(statement, err)
			}
		}
		return nil
	})
}
