package restore

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// rescue is the plan of a restore into an existing database.
type rescue struct {
	job    Job
	tables []rescued
	// places are the new names of the tables, by the old ones.
	places map[TableName]TableName
	// sources are the schemas of the tables in the dump.
	sources []string
	// keys are the foreign keys of the tables, and others those of other tables that
	// refer to them under the same name.
	keys, others []rescuedKey
	heirs        []heir
	// tablespaces are those of the definitions.
	tablespaces []string
	// notes say what differs from the dump.
	notes printable.Notes
}

// rescued is a table to restore, or another relation that can be named like one.
type rescued struct {
	// from is its name in the dump, and to the one in the database.
	from, to TableName
}

// heir is a table to restore that inherits from one that is not.
type heir struct{ child, parent TableName }

// newRescue returns the plan for the chosen entries.
func newRescue(job Job, toc *archive.TOC, chosen selection.Chosen) (*rescue, error) {
	if err := job.refuseRequest(toc); err != nil {
		return nil, err
	}
	p := &rescue{job: job, places: map[TableName]TableName{}}
	for i := range toc.Entries {
		e := &toc.Entries[i]
		if e.Tablespace != "" && chosen.Has(e) && !slices.Contains(p.tablespaces, e.Tablespace) {
			p.tablespaces = append(p.tablespaces, e.Tablespace)
		}
		if chosen.Owns(e) && selection.FillsExtensionTable(toc, e) {
			return nil, failure.New(failure.InvalidInput, "leave it out; to load its rows into the one that exists, leave out --into and use --content data",
				"%s belongs to an extension, which creates it: it cannot be restored beside the existing one", TableName{e.Namespace, e.Tag})
		}
		if chosen.Owns(e) && rescuable(toc, chosen, e) {
			p.add(e)
		}
	}
	if err := p.rename(); err != nil {
		return nil, err
	}
	p.addLinks(toc, chosen)
	return p, nil
}

// refuseRequest returns an error unless the request names tables.
func (j Job) refuseRequest(toc *archive.TOC) error {
	switch {
	case len(j.Wanted.Tables) == 0 || len(j.Wanted.Schemas) > 0:
		return failure.New(failure.InvalidInput, "name the tables by --table", "only named tables are restored into an existing database")
	case j.rowsOnly():
		return failure.New(failure.InvalidInput, "leave out --into to load rows into tables that exist", "a restore into an existing database creates tables, and rows alone create none")
	}
	for _, name := range []string{j.Into.As.Schema, j.Into.As.Name, j.Into.Schema} {
		if strings.ContainsFunc(name, func(c rune) bool { return c > '~' }) && toc.Encoding() != "UTF8" {
			return failure.New(failure.InvalidInput, "use a name of ASCII characters", "the dump has the encoding %s, and the new name %q is UTF-8", printable.Cut(toc.Encoding(), 40), name)
		}
	}
	return nil
}

// rescuable reports whether e is moved to its place by itself. A sequence that a
// table owns follows it.
func rescuable(toc *archive.TOC, chosen selection.Chosen, e *archive.Entry) bool {
	if e.Desc == "SEQUENCE" {
		return !dependsOn(toc, e, func(on *archive.Entry) bool { return chosen.Owns(on) && isTable(on) })
	}
	return slices.Contains([]string{"TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE"}, e.Desc)
}

func isTable(e *archive.Entry) bool { return e.Desc == "TABLE" || e.Desc == "FOREIGN TABLE" }

// dependsOn reports whether e depends on an entry with a property.
func dependsOn(toc *archive.TOC, e *archive.Entry, property func(*archive.Entry) bool) bool {
	return slices.ContainsFunc(e.Dependencies, func(id int) bool {
		on, ok := toc.Find(id)
		return ok && property(on)
	})
}

func (p *rescue) add(e *archive.Entry) {
	from := TableName{e.Namespace, e.Tag}
	to := from
	if p.job.Into.Schema != "" {
		to.Schema = p.job.Into.Schema
	}
	p.tables = append(p.tables, rescued{from, to})
	if !slices.Contains(p.sources, from.Schema) {
		p.sources = append(p.sources, from.Schema)
	}
}

// rename sets the new name of the only table, if the job has one. It fails if two
// tables would have the same name.
func (p *rescue) rename() error {
	if as := p.job.Into.As; as != (TableName{}) {
		if len(p.tables) != 1 {
			return failure.New(failure.InvalidInput, "restore them into another schema instead (--into-schema)",
				"%d tables and partitions cannot all be restored as %s", len(p.tables), as)
		}
		p.tables[0].to = as
	}
	taken := map[TableName]TableName{}
	for _, t := range p.tables {
		if other, ok := taken[t.to]; ok {
			return failure.New(failure.InvalidInput, "restore them one after another, into different schemas", "%s and %s cannot both be restored as %s", other, t.from, t.to)
		}
		taken[t.to], p.places[t.from] = t.from, t.to
	}
	return nil
}

// destinations returns the schemas of the restored tables.
func (p *rescue) destinations() (schemas []string) {
	for _, t := range p.tables {
		if !slices.Contains(schemas, t.to.Schema) {
			schemas = append(schemas, t.to.Schema)
		}
	}
	return schemas
}

// SQL returns the name as quoted identifiers.
func (n TableName) SQL() string {
	return postgres.QuoteIdent(n.Schema) + "." + postgres.QuoteIdent(n.Name)
}

// String returns the name as SQL for messages.
func (n TableName) String() string {
	return printable.Cut(strings.ToValidUTF8(n.SQL(), "?"), 300)
}

// regclass returns an SQL expression that is the OID of the table; NULL if it
// does not exist.
func (n TableName) regclass() string {
	return fmt.Sprintf("pg_catalog.to_regclass(%s)", postgres.QuoteLiteral(n.SQL()))
}
