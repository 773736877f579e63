package restore

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// rescue is the plan of a restore into an existing database.
type rescue struct {
	job    Job
	tables []rescued
	// sources are the schemas of the tables in the dump.
	sources []string
}

// rescued is a table to restore, or another relation that can be named like one.
type rescued struct {
	entry *archive.Entry
	// from is its name in the dump, and to the one in the database.
	from, to TableName
}

// newRescue returns the plan for the chosen entries.
func newRescue(job Job, toc *archive.TOC, chosen selection.Chosen) (rescue, error) {
	p := rescue{job: job}
	for i := range toc.Entries {
		e := &toc.Entries[i]
		if !chosen.Owns(e) || !rescuable(e) {
			continue
		}
		from := TableName{e.Namespace, e.Tag}
		p.tables = append(p.tables, rescued{entry: e, from: from, to: p.destination(from)})
		if !slices.Contains(p.sources, e.Namespace) {
			p.sources = append(p.sources, e.Namespace)
		}
	}
	if job.Into.As != (TableName{}) {
		if len(p.tables) != 1 {
			return p, failure.New(failure.InvalidInput, "restore one table under another name at a time, or all into another schema", "%d tables cannot be restored as %s", len(p.tables), job.Into.As.SQL())
		}
		p.tables[0].to = job.Into.As
	}
	return p, nil
}

// rescuable reports whether e is moved to its place by itself.
func rescuable(e *archive.Entry) bool {
	return slices.Contains([]string{"TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE"}, e.Desc)
}

// destination returns the name of a table of the dump in the database.
func (p rescue) destination(from TableName) TableName {
	if p.job.Into.Schema != "" {
		from.Schema = p.job.Into.Schema
	}
	return from
}

// schemas are the schemas of a job's own, in which the tables of each schema of the
// dump are made.
type schemas map[string]string

// schemas returns the schemas of an attempt. oid is that of the database of its
// definitions, which no other attempt has: a statement of an attempt that was
// given up does not reach the tables of a later one.
func (p rescue) schemas(oid uint32) schemas {
	own := schemas{}
	for i, source := range p.sources {
		own[source] = fmt.Sprintf("%s%d_%d", RescueSchemas(p.job.Unpublished), oid, i+1)
	}
	return own
}

// names returns the schemas' quoted names in order.
func (s schemas) names() (all []string) {
	for _, name := range s {
		all = append(all, postgres.QuoteIdent(name))
	}
	slices.Sort(all)
	return all
}

// has reports whether a definition belongs to one of the schemas. Foreign keys wait
// for their tables' place.
func (s schemas) has(e *archive.Entry) bool {
	for _, name := range s {
		if e.Namespace == name {
			return e.Desc != "FK CONSTRAINT"
		}
	}
	return false
}

// RescueSchemas returns what the names of all schemas of a job begin with, which has
// the unpublished database. A number for the attempt and one for each schema of
// the dump follow.
func RescueSchemas(unpublished string) string {
	const longest = 24 // bytes, which leave room for the numbers
	of := strings.TrimPrefix(unpublished, "pgvault_restore_")
	if len(of) > longest || strings.ContainsFunc(of, func(c rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789_", c) }) {
		sum := sha256.Sum256([]byte(unpublished))
		of = hex.EncodeToString(sum[:longest/2])
	}
	return "pgvault_rescue_" + of + "_"
}
