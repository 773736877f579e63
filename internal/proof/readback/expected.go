package readback

import (
	"slices"
	"strings"
	"unsafe"

	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy/pieces"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// expected has what the dump says about a database, and what was found in it.
type expected struct {
	settings []fingerprint.Setting
	// refused are settings that the server does not take.
	refused   []string
	tables    []*table
	byName    map[fingerprint.TableName]*table
	sequences map[fingerprint.TableName]*sequence
	order     []*sequence
	objects   []fingerprint.Object
	// existing reports whether the database had other tables before.
	existing bool
	result   proof.Compared
}

// table is a table of the dump or of the database.
type table struct {
	fingerprint.Table
	// schema is the schema that the table is in.
	schema fingerprint.Name
	// extra reports whether the dump does not have the table.
	extra bool
	// state is what is known about the table in the database.
	state tableState
	facts facts
	found fingerprint.Rows
	// left is the number of pieces that are not read yet.
	left int
}

type tableState int

const (
	missing tableState = iota
	readable
	// reported tables have other columns, or cannot be read.
	reported
)

// facts are the properties of a table in the catalogs.
type facts struct {
	pages, bytes int64
	heap         bool
	condition    string
}

type sequence struct {
	fingerprint.Sequence
	// found reports whether the database has the sequence, and readable whether its
	// value can be read.
	found, readable bool
}

// tableCost is the memory of a table besides that of the fingerprints, in bytes.
const tableCost = int64(unsafe.Sizeof(table{})) + 6*int64(unsafe.Sizeof(fingerprint.TableName{}))

// expect returns the selected part of the fingerprints.
func expect(f fingerprint.File, only *Selection, share *memory.Share) (*expected, error) {
	if err := share.Grow(int64(len(f.Tables)+len(f.Sequences)) * tableCost); err != nil {
		return nil, err
	}
	e := &expected{settings: f.Settings, byName: map[fingerprint.TableName]*table{}, sequences: map[fingerprint.TableName]*sequence{}}
	for _, t := range f.Tables {
		if only != nil && !only.Tables[t.DumpID] {
			continue
		}
		added := &table{Table: t, schema: only.schema(t.Schema)}
		if e.byName[added.place()] != nil {
			return nil, failure.New(failure.VerificationFailed, "compare another recovery point", "table %s is named twice", shown(added.name()))
		}
		e.tables, e.byName[added.place()] = append(e.tables, added), added
	}
	for _, s := range f.Sequences {
		name := fingerprint.TableName{Schema: s.Schema, Name: s.Name}
		if only == nil || only.Sequences[name] {
			added := &sequence{Sequence: s}
			e.order, e.sequences[name] = append(e.order, added), added
		}
	}
	if only == nil || only.LargeObjects {
		e.objects = f.LargeObjects
	}
	return e, nil
}

// schema returns the schema that tables of a schema of the dump were restored into.
func (s *Selection) schema(of fingerprint.Name) fingerprint.Name {
	if s == nil || s.Schemas[of] == "" {
		return of
	}
	return s.Schemas[of]
}

// place returns the table's name in the database.
func (t *table) place() fingerprint.TableName {
	return fingerprint.TableName{Schema: t.schema, Name: t.Name}
}

// name returns the table's name in the dump.
func (t *table) name() fingerprint.TableName {
	return fingerprint.TableName{Schema: t.Schema, Name: t.Name}
}

// sql returns the table as SQL.
func (t *table) sql() pieces.Table {
	columns := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = postgres.QuoteIdent(string(c))
	}
	return pieces.Table{Name: quoted(t.place()), Columns: strings.Join(columns, ", "), Condition: t.facts.condition}
}

func quoted(n fingerprint.TableName) string {
	return postgres.QuoteIdent(string(n.Schema)) + "." + postgres.QuoteIdent(string(n.Name))
}

// sessionSQL returns the statements that prepare a session to read. The search
// path is not taken from the fingerprints: with a path of its own, a name of ours
// could mean an object of the database. pg_dump's is empty.
func (e *expected) sessionSQL() (string, error) {
	taken := slices.DeleteFunc(slices.Clone(e.settings), func(s fingerprint.Setting) bool { return slices.Contains(e.refused, s.Name) })
	settings, err := fingerprint.SettingsSQL(taken)
	if err != nil {
		return "", err
	}
	if settings != "" {
		settings += "; "
	}
	return settings + "SELECT pg_catalog.set_config('search_path', '', false); " + pieces.Settings, nil
}
