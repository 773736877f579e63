package restore

import (
	"context"
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/postgres"
)

// refuseExisting returns an error if a table to restore exists. A type of that
// name is in the way as well, since each table has one.
func (p *rescue) refuseExisting(ctx context.Context, s *intoSession) error {
	for _, t := range p.tables {
		taken, err := s.yes(ctx, t.to.regclass()+" IS NOT NULL OR pg_catalog.to_regtype("+postgres.QuoteLiteral(t.to.SQL())+") IS NOT NULL")
		if err != nil {
			return err
		}
		if taken {
			return failure.New(failure.TargetTableExists,
				"Restore it under another name (--as SCHEMA.TABLE) or into another schema (--into-schema SCHEMA), or rename or drop the one that is there.",
				"database %q on server %s has a table or type %s", p.job.Account.Database, p.job.Account.Server.Host, t.to)
		}
		// The server names it so, and moves none whose name is taken.
		array := TableName{t.to.Schema, fitting("_"+t.to.Name, "")}
		taken, err = s.yes(ctx, "pg_catalog.to_regtype("+postgres.QuoteLiteral(array.SQL())+") IS NOT NULL")
		if err != nil {
			return err
		}
		if taken {
			return failure.New(failure.TargetTableExists,
				"Restore it under another name (--as SCHEMA.TABLE) or into another schema (--into-schema SCHEMA), or rename or drop the type or table that is there.",
				"database %q on server %s has a type %s, and %s would have an array type of that name", p.job.Account.Database, p.job.Account.Server.Host, array, t.to)
		}
	}
	return nil
}

// refuseParents returns an error if the database lacks a table that a restored one
// inherits from.
func (p *rescue) refuseParents(ctx context.Context, s *intoSession) error {
	for _, h := range p.heirs {
		there, err := s.yes(ctx, h.parent.regclass()+" IS NOT NULL")
		if err != nil {
			return err
		}
		if !there {
			return failure.New(failure.TargetObjectNotFound, fmt.Sprintf("Restore %s too (--table).", h.parent),
				"%s inherits from %s, which database %q on server %s does not have", h.child, h.parent, p.job.Account.Database, p.job.Account.Server.Host)
		}
	}
	return nil
}

// refuseTablespaces returns an error if the server lacks a tablespace.
func (p *rescue) refuseTablespaces(ctx context.Context, s *intoSession) error {
	for _, name := range p.tablespaces {
		there, err := s.yes(ctx, "EXISTS (SELECT FROM pg_catalog.pg_tablespace WHERE spcname OPERATOR(pg_catalog.=) "+postgres.QuoteLiteral(name)+")")
		if err != nil {
			return err
		}
		if !there {
			named := shown(postgres.QuoteIdent(name))
			return failure.New(failure.TargetObjectNotFound, fmt.Sprintf("CREATE TABLESPACE %s LOCATION …; then restore again.", named),
				"tablespace %s of the tables is missing on server %s", named, p.job.Account.Server.Host)
		}
	}
	return nil
}

// refuseSideEffects returns an error if something in the database acts on the
// tables or on their creation, unless the job allows it.
func (p *rescue) refuseSideEffects(ctx context.Context, s *intoSession) error {
	into := p.job.Into
	if !into.AllowPublications {
		names, err := s.publications(ctx, p.destinations())
		if err != nil {
			return err
		}
		if len(names) > 0 {
			return p.sideEffect("publication", names, "publish the rows of the restored tables", "--allow-publications")
		}
	}
	if into.AllowEventTriggers {
		return nil
	}
	names, err := s.texts(ctx, "look for event triggers", "SELECT evtname FROM pg_catalog.pg_event_trigger WHERE evtenabled OPERATOR(pg_catalog.<>) 'D' ORDER BY evtname")
	if err != nil || len(names) == 0 {
		return err
	}
	return p.sideEffect("event trigger", names, "run for the statements that create the tables", "--allow-event-triggers")
}

// publications returns the publications that tables of the schemas would join by
// themselves.
func (s *intoSession) publications(ctx context.Context, schemas []string) ([]string, error) {
	query := "SELECT pubname FROM pg_catalog.pg_publication WHERE puballtables"
	there, err := s.yes(ctx, "pg_catalog.to_regclass('pg_catalog.pg_publication_namespace') IS NOT NULL") // since PostgreSQL 15
	if err != nil {
		return nil, err
	}
	if there {
		query += fmt.Sprintf(` OR oid IN (SELECT pnpubid FROM pg_catalog.pg_publication_namespace JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) pnnspid
			WHERE nspname OPERATOR(pg_catalog.=) ANY (%s))`, nameArray(schemas))
	}
	return s.texts(ctx, "look for publications", query+" ORDER BY pubname")
}

// sideEffect returns the error of a database with objects that act by themselves.
func (p *rescue) sideEffect(kind string, names []string, effect, flag string) error {
	const most = 10
	var list []string
	for _, name := range names[:min(len(names), most)] {
		list = append(list, printable.Cut(strings.ToValidUTF8(postgres.QuoteIdent(name), "?"), 100))
	}
	if more := len(names) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	return failure.New(failure.TargetHasSideEffects, "If that is wanted: "+flag+".",
		"%s %s of database %q on server %s would %s", kind, strings.Join(list, ", "), p.job.Account.Database, p.job.Account.Server.Host, effect)
}
