package restore

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
)

// schemas are the schemas of an attempt's own, by the schemas of the dump whose
// tables are made there.
type schemas map[string]string

// schemas returns the schemas of an attempt. oid is that of the database of its
// definitions, which no other attempt has: a statement of an attempt that was
// given up does not reach the tables of a later one.
func (p *rescue) schemas(oid uint32) schemas {
	own := schemas{}
	for i, source := range p.sources {
		own[source] = fmt.Sprintf("%s%d_%d", RescueSchemas(p.job.Unpublished), oid, i+1)
	}
	return own
}

// names returns the names in order. They need no quotes.
func (s schemas) names() []string { return slices.Sorted(maps.Values(s)) }

// array returns the names as an SQL array.
func (s schemas) array() string { return nameArray(s.names()) }

// nameArray returns names as an SQL array.
func nameArray(names []string) string {
	var list []string
	for _, name := range names {
		list = append(list, postgres.QuoteLiteral(name))
	}
	return "ARRAY[" + strings.Join(list, ", ") + "]::pg_catalog.name[]"
}

// oids returns an SQL query for the OIDs of the schemas.
func (s schemas) oids() string {
	return "(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) ANY (" + s.array() + "))"
}

// has reports whether a definition belongs to one of the schemas. Foreign keys
// wait for their tables' place.
func (s schemas) has(e *archive.Entry) bool {
	return e.Desc != "FK CONSTRAINT" && slices.Contains(s.names(), e.Namespace)
}

// at returns the name of a table of the dump in the schemas.
func (s schemas) at(from TableName) TableName { return TableName{s[from.Schema], from.Name} }

// RescueSchemas returns the prefix of the names of the schemas in which a job makes
// tables. unpublished is the name of its database. The number of the attempt and that
// of the schema follow the prefix, with an underscore between them.
func RescueSchemas(unpublished string) string {
	const longest = 24 // bytes, which leave room for the numbers
	of := strings.TrimPrefix(unpublished, "pgvault_restore_")
	if len(of) > longest || strings.ContainsFunc(of, func(c rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789_", c) }) {
		sum := sha256.Sum256([]byte(unpublished))
		of = hex.EncodeToString(sum[:longest/2])
	}
	return "pgvault_rescue_" + of + "_"
}

// rename changes the names in the entries with rows to those that their tables have
// in the schemas. The entry of the session's settings becomes that of the definitions.
func (s schemas) rename(toc, definitions *archive.TOC) error {
	for i := range toc.Entries {
		e := &toc.Entries[i]
		_, ok := s[e.Namespace]
		switch {
		case e.Desc == "STDSTRINGS":
			e.Defn = "SET standard_conforming_strings = '" + definitions.StandardStrings() + "';"
		case ok && e.Desc == "TABLE":
			e.Namespace = s[e.Namespace]
		case ok && e.Desc == archive.DescTableData:
			_, columns, err := e.CopyTarget()
			if err != nil {
				return err
			}
			e.Namespace = s[e.Namespace]
			e.CopyStmt = "COPY " + sqlName(e) + " " + columns + " FROM stdin;\n"
		}
	}
	return nil
}
