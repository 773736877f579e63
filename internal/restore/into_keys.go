package restore

import (
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// rescuedKey is a foreign key between tables as they are named in the database.
type rescuedKey struct {
	archive.ForeignKey
	table, to TableName
	// comment is the text of its comment as SQL; "" for none.
	comment string
}

// addLinks adds what joins the tables with others.
func (p *rescue) addLinks(toc *archive.TOC, chosen selection.Chosen) {
	comments := keyComments(toc)
	for i := range toc.Entries {
		switch e := &toc.Entries[i]; e.Desc {
		case "FK CONSTRAINT":
			p.addKey(toc, chosen, e, comments[e.DumpID])
		case "PUBLICATION TABLE":
			p.addPublication(toc, e)
		case "TABLE ATTACH":
			p.addAttachment(toc, chosen, e)
		case "TABLE", "FOREIGN TABLE":
			p.addParents(toc, chosen, e)
		}
	}
}

// addKey adds a foreign key of a restored table, or to one. It notes one that it
// cannot read, such as a key with PERIOD.
func (p *rescue) addKey(toc *archive.TOC, chosen selection.Chosen, e *archive.Entry, comment string) {
	key, err := e.ForeignKey()
	if err != nil {
		if dependsOn(toc, e, chosen.Owns) {
			p.notes.Add(fmt.Sprintf("foreign key %s is left out, since its definition has a form that is not known; to add it, with the new names of tables that got others: %s",
				e.Tag, shown(strings.TrimSpace(pgtools.WithoutTexts(e.Defn)))))
		}
		return
	}
	from, to := TableName{key.Schema, key.Table}, TableName{key.ToSchema, key.ToTable}
	place, own := p.places[from]
	target, refersToOwn := p.places[to]
	if !refersToOwn {
		target = to
	}
	switch {
	case own:
		p.keys = append(p.keys, rescuedKey{key, place, target, comment})
	case refersToOwn && target == to:
		p.others = append(p.others, rescuedKey{key, from, to, ""})
	}
}

// addAttachment notes a partition that is restored without its partitioned table.
func (p *rescue) addAttachment(toc *archive.TOC, chosen selection.Chosen, e *archive.Entry) {
	if len(e.Dependencies) < 2 || chosen.Has(e) {
		return
	}
	child, ok := toc.Find(e.Dependencies[0])
	parent, there := toc.Find(e.Dependencies[1])
	if !ok || !there || !chosen.Owns(child) {
		return
	}
	name, root := TableName{child.Namespace, child.Tag}, TableName{parent.Namespace, parent.Tag}
	head := "ALTER TABLE ONLY " + root.SQL() + " ATTACH PARTITION " + name.SQL() + " "
	if bound, ok := strings.CutPrefix(e.Defn, head); ok {
		p.notes.Add(fmt.Sprintf("%s is a table of its own; to make it a partition again: ALTER TABLE %s ATTACH PARTITION %s %s",
			p.places[name], root, p.places[name], printable.Cut(strings.TrimSpace(pgtools.WithoutTexts(bound)), 300)))
	}
}

// addParents adds a restored table that inherits from another, and notes one that
// inherited from a restored table.
func (p *rescue) addParents(toc *archive.TOC, chosen selection.Chosen, e *archive.Entry) {
	name := TableName{e.Namespace, e.Tag}
	place, own := p.places[name]
	for _, parent := range selection.Parents(toc, e) {
		switch from := (TableName{parent.Namespace, parent.Tag}); {
		case own && !chosen.Owns(parent):
			p.heirs = append(p.heirs, heir{place, from})
		case !own && chosen.Owns(parent):
			p.notes.Add(fmt.Sprintf("%s, which inherits from %s, is not restored; use --with-children to restore such tables", name, from))
		}
	}
}

// add returns the statement that adds the key to a table, which is a partition
// if the key's own table is partitioned.
func (k rescuedKey) add(table TableName) string {
	return fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (%s)%s",
		table.SQL(), postgres.QuoteIdent(k.Name), quotedList(k.Columns), k.to.SQL(), quotedList(k.ToColumns), k.Clauses)
}

// addUnchecked is [rescuedKey.add] for rows that are not checked yet.
func (k rescuedKey) addUnchecked(table TableName) string { return k.add(table) + " NOT VALID" }

func (k rescuedKey) validate(table TableName) string {
	return fmt.Sprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s", table.SQL(), postgres.QuoteIdent(k.Name))
}

// violations returns the query for the rows of a table that violate the key.
func (k rescuedKey) violations(table TableName) string {
	var present, equal []string
	for i, column := range k.Columns {
		present = append(present, "t."+postgres.QuoteIdent(column)+" IS NOT NULL")
		if i < len(k.ToColumns) {
			equal = append(equal, "r."+postgres.QuoteIdent(k.ToColumns[i])+" = t."+postgres.QuoteIdent(column))
		}
	}
	return fmt.Sprintf("SELECT * FROM %s AS t WHERE %s AND NOT EXISTS (SELECT FROM %s AS r WHERE %s)",
		table.SQL(), strings.Join(present, " AND "), k.to.SQL(), strings.Join(equal, " AND "))
}

// is returns an SQL condition on pg_constraint for the key of a table.
func (k rescuedKey) is(table TableName) string {
	return fmt.Sprintf("contype OPERATOR(pg_catalog.=) 'f' AND conrelid OPERATOR(pg_catalog.=) %s AND conname OPERATOR(pg_catalog.=) %s",
		table.regclass(), postgres.QuoteLiteral(k.Name))
}

// exists returns an SQL condition that the key's own table has it.
func (k rescuedKey) exists() string {
	return "EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE " + k.is(k.table) + ")"
}

func quotedList(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = postgres.QuoteIdent(name)
	}
	return strings.Join(quoted, ", ")
}

// shown returns SQL for a note.
func shown(sql string) string { return printable.Cut(strings.ToValidUTF8(sql, "?"), 700) }
