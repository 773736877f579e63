package checks

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/signin"
)

// functions are the qualified names of amcheck's functions. table is "" before
// PostgreSQL 14.
type functions struct{ index, table string }

// ownSchema is the schema of the extension if it is created here.
const ownSchema = "pgvault_amcheck"

// provide returns amcheck's functions, or why there are none. It creates the extension
// if needed.
func provide(ctx context.Context, in *signin.Session) (f functions, reason string, err error) {
	reason, err = create(ctx, in.Conn)
	if err == nil && reason == "" {
		f, reason, err = find(ctx, in.Conn)
	}
	if err != nil {
		err = fmt.Errorf("look for amcheck: %w", postgres.Ended(ctx, postgres.Classify(err, in.Target)))
	}
	return f, reason, err
}

// create creates the extension if it is not there. Its script runs in a new schema, in
// which the database has no objects.
func create(ctx context.Context, conn *pgx.Conn) (reason string, err error) {
	var there, offered bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'amcheck'),
		EXISTS (SELECT FROM pg_available_extensions WHERE name = 'amcheck')`).Scan(&there, &offered)
	switch {
	case err != nil || there:
		return "", err
	case !offered:
		return "the server does not offer the extension amcheck", nil
	}
	_, err = conn.PgConn().Exec(ctx, "BEGIN; CREATE SCHEMA "+ownSchema+"; CREATE EXTENSION amcheck SCHEMA "+ownSchema+"; COMMIT").ReadAll()
	refusal, refused := postgres.StatementRefusal(err)
	if !refused {
		return "", err
	}
	if _, err := conn.Exec(ctx, "ROLLBACK"); err != nil {
		return "", err
	}
	state := sqlState(refusal.Code)
	if state == "42501" {
		return "the role may not create the extension amcheck (SQLSTATE 42501)", nil
	}
	return "the extension amcheck cannot be created (SQLSTATE " + state + ")", nil
}

// findQuery selects the qualified name of a function of amcheck by its name and the
// types of its arguments, and whether the role may call it. It selects the server's
// own C function only: a dump can replace a function of an extension.
const findQuery = `SELECT quote_ident(n.nspname) || '.' || quote_ident(p.proname), has_function_privilege(p.oid, 'EXECUTE')
	FROM pg_extension e JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
		AND d.classid = 'pg_proc'::regclass
	JOIN pg_proc p ON p.oid = d.objid JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
	WHERE e.extname = 'amcheck' AND p.proname = $1 AND p.proargtypes::text = $2 AND l.lanname = 'c'
		AND p.probin = '$libdir/amcheck' AND p.prosrc = p.proname AND p.proconfig IS NULL AND NOT p.prosecdef`

// find returns the functions of the extension that is there.
func find(ctx context.Context, conn *pgx.Conn) (f functions, reason string, err error) {
	// The types are regclass (2205), boolean (16), text (25) and bigint (20).
	for _, wanted := range []struct {
		name, types string
		into        *string
	}{
		{"bt_index_check", "2205 16", &f.index},
		{"verify_heapam", "2205 16 16 25 20 20", &f.table},
	} {
		var mayCall bool
		err := conn.QueryRow(ctx, findQuery, wanted.name, wanted.types).Scan(wanted.into, &mayCall)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		if err != nil {
			return functions{}, "", err
		}
		if !mayCall {
			return functions{}, fmt.Sprintf("the role may not call %s of the extension amcheck", wanted.name), nil
		}
	}
	if f.index == "" {
		return functions{}, "the database's extension amcheck has no function bt_index_check of the server; its version may be old", nil
	}
	return f, "", nil
}
