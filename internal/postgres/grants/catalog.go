package grants

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgvault/pgvault/internal/failure"
)

// ordinarySchema is the condition on pg_namespace n under which pg_dump dumps
// the objects of a schema.
const ordinarySchema = `(n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')`

// neededRelations selects the tables and sequences on which a dump needs
// SELECT: all in ordinary schemas that belong to no extension, and the
// configuration tables of extensions. Before version 15, pg_dump also locked
// the other tables of extensions, to read their policies. The column copied
// reports whether data is read.
const neededRelations = `
	SELECT c.oid, c.relkind, n.oid AS schema_oid, n.nspname AS schema, c.relname AS name,
		(e.oid IS NULL OR c.oid = ANY (coalesce(e.extconfig, '{}'))) AS copied
	FROM pg_class c
	JOIN pg_namespace n ON n.oid = c.relnamespace
	LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
		AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
	LEFT JOIN pg_extension e ON e.oid = d.refobjid
	WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_(toast|temp)'
		AND CASE
			WHEN e.oid IS NULL THEN ` + ordinarySchema + `
			WHEN c.oid = ANY (coalesce(e.extconfig, '{}')) THEN true
			ELSE c.relkind <> 'S' AND current_setting('server_version_num')::int < 150000
		END`

// serviceRoles are Azure's own roles. Nobody may alter their default
// privileges, and their objects are not part of the database.
var serviceRoles = []string{"azuresu", "azure_superuser", "azure_pg_admin"}

// defaultsQuery returns the pairs of a maker and a kind of object ($2) whose
// default privileges exclude the role ($1).
//
// Makers are the owners of existing objects that may create in a schema or the
// database, and the login roles that are their members. Only default privileges
// without a schema count, since schemas may be added.
const defaultsQuery = `
	WITH RECURSIVE creators AS (
		SELECT relowner AS oid FROM (` + neededRelations + `) needed JOIN pg_class c USING (oid) WHERE copied
		UNION SELECT nspowner FROM pg_namespace n WHERE ` + ordinarySchema + `
		UNION SELECT a.grantee FROM pg_namespace n, aclexplode(n.nspacl) a WHERE ` + ordinarySchema + ` AND a.privilege_type = 'CREATE'
		UNION SELECT datdba FROM pg_database WHERE datname = current_database()
		UNION SELECT lomowner FROM pg_largeobject_metadata
	), makers AS (
		SELECT r.oid, r.rolname FROM creators JOIN pg_roles r USING (oid) WHERE r.rolname !~ '^(pg_|azure_pg_admin$|azuresu$)'
		UNION
		SELECT r.oid, r.rolname FROM makers JOIN pg_auth_members m ON m.roleid = makers.oid JOIN pg_roles r ON r.oid = m.member
	)
	SELECT makers.rolname, k.kind
	FROM makers JOIN pg_roles r USING (oid), unnest($2::text[]) WITH ORDINALITY AS k(kind, n)
	WHERE (makers.oid IN (SELECT oid FROM creators) OR (r.rolcanlogin AND NOT r.rolsuper))
		-- Owners have what their own default privileges say; superusers and
		-- members of pg_read_all_data have it in any case.
		AND NOT EXISTS (
			SELECT FROM aclexplode(coalesce(
				(SELECT d.defaclacl FROM pg_default_acl d WHERE d.defaclrole = makers.oid AND d.defaclnamespace = 0 AND d.defaclobjtype::text = k.kind),
				acldefault(CASE k.kind WHEN 'S' THEN 's' ELSE k.kind END::"char", makers.oid))) a
			WHERE a.privilege_type = CASE k.kind WHEN 'n' THEN 'USAGE' ELSE 'SELECT' END
				AND (a.grantee = 0 OR pg_has_role($1::oid, a.grantee, 'USAGE')))
		AND NOT (SELECT rolsuper FROM pg_roles WHERE oid = $1::oid)
		AND NOT (k.kind <> 'L' AND EXISTS (SELECT FROM pg_roles p WHERE p.rolname = 'pg_read_all_data' AND pg_has_role($1::oid, p.oid, 'USAGE')))
	ORDER BY 1, k.n`

// notApplied returns the error of a failed statement, with what its role lacks.
func notApplied(statement string, err error) error {
	var answer *pgconn.PgError
	if errors.As(err, &answer) && answer.Code == "42501" {
		return failure.Wrap(answer, failure.MissingRestorePermissions,
			"Run it as the owner of the object, or as an administrator; for ALTER DEFAULT PRIVILEGES FOR ROLE that one must be a member of the role.",
			"the administrator may not run: %s", statement)
	}
	return fmt.Errorf("run %s: %w", statement, err)
}
