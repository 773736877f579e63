package restore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/postgres"
)

// need is an object that the definitions refer to and that the database must
// have.
type need struct {
	// address are the arguments of pg_get_object_address as SQL.
	address string
	// described is the object in PostgreSQL's words, such as "type shop.mood".
	described string
	// extension is the extension that it belongs to; "" for none.
	extension string
}

// needs returns the objects outside the schemas that the tables in them refer to.
func (s *intoSession) needs(ctx context.Context, own schemas) (needs []need, err error) {
	rows, err := s.ask(ctx, "look for the objects that the tables need", fmt.Sprintf(`WITH own AS (SELECT oid FROM pg_catalog.pg_class WHERE relnamespace IN %[1]s),
		parts (class, object) AS (SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, oid FROM own
			UNION ALL SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, oid FROM pg_catalog.pg_attrdef WHERE adrelid IN (TABLE own)
			UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, oid FROM pg_catalog.pg_constraint WHERE conrelid IN (TABLE own)
			UNION ALL SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, oid FROM pg_catalog.pg_trigger WHERE tgrelid IN (TABLE own)
			UNION ALL SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, oid FROM pg_catalog.pg_rewrite WHERE ev_class IN (TABLE own)
			UNION ALL SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, oid FROM pg_catalog.pg_policy WHERE polrelid IN (TABLE own)
			UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, oid FROM pg_catalog.pg_statistic_ext WHERE stxrelid IN (TABLE own)),
		needed AS (SELECT DISTINCT refclassid, refobjid FROM pg_catalog.pg_depend JOIN parts ON classid OPERATOR(pg_catalog.=) class AND objid OPERATOR(pg_catalog.=) object
			WHERE refclassid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_namespace'::pg_catalog.regclass
			AND NOT EXISTS (SELECT FROM parts p WHERE p.class OPERATOR(pg_catalog.=) refclassid AND p.object OPERATOR(pg_catalog.=) refobjid))
		SELECT pg_catalog.format('%%L, %%L, %%L', a.type, a.object_names, a.object_args), pg_catalog.pg_describe_object(refclassid, refobjid, 0),
			coalesce((SELECT extname FROM pg_catalog.pg_depend e JOIN pg_catalog.pg_extension x ON x.oid OPERATOR(pg_catalog.=) e.refobjid
				WHERE e.classid OPERATOR(pg_catalog.=) n.refclassid AND e.objid OPERATOR(pg_catalog.=) n.refobjid AND e.deptype OPERATOR(pg_catalog.=) 'e' LIMIT 1), '')
		FROM needed n, LATERAL pg_catalog.pg_identify_object_as_address(refclassid, refobjid, 0) a, LATERAL pg_catalog.pg_identify_object(refclassid, refobjid, 0) i
		WHERE i.schema IS NULL OR NOT i.schema OPERATOR(pg_catalog.=) ANY (%[2]s::pg_catalog.text[]) ORDER BY 2`, own.oids(), own.array()))
	for _, row := range rows {
		needs = append(needs, need{address: row[0], described: row[1], extension: row[2]})
	}
	return needs, err
}

// missingStates are the SQLSTATEs by which pg_get_object_address says that an
// object does not exist.
var missingStates = []string{"42704", "42883", "42P01", "3F000", "42703"}

// refuseMissing returns an error that names the objects that the database lacks.
func (s *intoSession) refuseMissing(ctx context.Context, needs []need) error {
	const most = 20
	var missing, create []string
	for _, n := range needs {
		refused, err := s.attempt(ctx, "look for "+n.described, "SELECT pg_catalog.pg_get_object_address("+n.address+")")
		if err != nil {
			return err
		}
		if refused == nil || !slices.Contains(missingStates, refused.Code) {
			continue
		}
		missing = append(missing, printable.Cut(strings.ToValidUTF8(n.described, "?"), 200))
		if statement := "CREATE EXTENSION " + postgres.QuoteIdent(n.extension) + ";"; n.extension != "" && !slices.Contains(create, statement) {
			create = append(create, statement)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if len(missing) > most {
		missing = append(missing[:most], fmt.Sprintf("and %d more", len(missing)-most))
	}
	return failure.New(failure.TargetObjectNotFound,
		strings.TrimSpace("Create what is missing, and restore again; tables, views and sequences can be restored with the others (--table). A restore into a new database shows the definitions (--to-database). "+strings.Join(create, " ")),
		"the tables need objects that database %q on server %s does not have: %s", s.Target.Database, s.Target.Server(), strings.Join(missing, ", "))
}
