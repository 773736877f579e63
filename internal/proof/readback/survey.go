package readback

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// maxCondition bounds the condition of an extension, in bytes.
const maxCondition = 64 << 10

// relations lists what has rows or a value: tables, materialized views, foreign
// tables and sequences that initdb did not make.
const relations = `
	SELECT n.nspname, c.relname, c.relkind::text, c.relpersistence::text,
		pg_relation_size(c.oid) / current_setting('block_size')::int,
		pg_relation_size(c.oid) + coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0),
		coalesce(a.amname = 'heap', false),
		coalesce((SELECT left(e.extcondition[array_position(e.extconfig, c.oid)], $1) FROM pg_extension e WHERE c.oid = ANY (e.extconfig) LIMIT 1), ''),
		EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'),
		CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE') OR NOT has_table_privilege(c.oid, 'SELECT') THEN 'the role may not read it'
			WHEN c.relrowsecurity AND row_security_active(c.oid) THEN 'row-level security hides rows from the role'
			ELSE '' END,
		CASE c.relkind WHEN 'r' THEN ARRAY(SELECT t.attname::text FROM pg_attribute t
			WHERE t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped AND t.attgenerated = '' ORDER BY t.attnum) ELSE '{}' END
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am a ON a.oid = c.relam
	WHERE c.relkind IN ('r', 'm', 'f', 'S') AND c.oid >= 16384 AND n.nspname !~ '^pg_(toast|temp)' ORDER BY n.nspname, c.relname`

// relation is a row of [relations].
type relation struct {
	name              fingerprint.TableName
	kind, persistence string
	facts             facts
	ofExtension       bool
	// unreadable says why the rows cannot be read; empty if they can.
	unreadable string
	columns    []string
}

// survey reads the catalogs, and the values of the sequences.
func (l *leader) survey(ctx context.Context, e *expected, share *memory.Share) error {
	if err := l.relations(ctx, e, share); err != nil {
		return err
	}
	e.reportMissing()
	if err := l.sequences(ctx, e); err != nil {
		return err
	}
	return l.largeObjects(ctx, e)
}

func (l *leader) relations(ctx context.Context, e *expected, share *memory.Share) error {
	rows, err := l.session.Conn.Query(ctx, relations, maxCondition+1)
	if err != nil {
		return err
	}
	var r relation
	into := []any{(*string)(&r.name.Schema), (*string)(&r.name.Name), &r.kind, &r.persistence, &r.facts.pages, &r.facts.bytes, &r.facts.heap, &r.facts.condition, &r.ofExtension, &r.unreadable, &r.columns}
	_, err = pgx.ForEachRow(rows, into, func() error {
		if len(r.facts.condition) > maxCondition {
			return failure.New(failure.StatementRefused, "drop the extension", "the condition by which an extension restricts the dump of its table %s is too long", shown(r.name))
		}
		return e.see(r, share)
	})
	return err
}

// see records a relation of the database.
func (e *expected) see(r relation, share *memory.Share) error {
	switch r.kind {
	case "S":
		e.seeSequence(r)
		return nil
	case "m":
		e.leave(r, "materialized view %s: its rows are those of its query")
		return nil
	case "f":
		e.leave(r, "foreign table %s: its rows are on another server")
		return nil
	}
	t, ok := e.byName[r.name]
	if !ok {
		return e.seeExtra(r, share)
	}
	t.facts = r.facts
	switch {
	case r.unreadable != "":
		t.state = reported
		e.result.Omit(fmt.Sprintf("table %s: %s", shown(r.name), r.unreadable))
	case e.otherColumns(t, r.columns):
		t.state = reported
	default:
		t.state = readable
	}
	return nil
}

// leave names a relation as not proven.
func (e *expected) leave(r relation, why string) {
	if !e.existing && !r.ofExtension {
		e.result.Omit(fmt.Sprintf(why, shown(r.name)))
	}
}

func (e *expected) seeSequence(r relation) {
	s, ok := e.sequences[r.name]
	switch {
	case ok:
		s.found, s.readable = true, r.unreadable == ""
		if !s.readable {
			e.result.Omit(fmt.Sprintf("sequence %s: %s", shown(r.name), r.unreadable))
		}
	case !e.existing && !r.ofExtension:
		e.result.Differ(proof.Difference{Kind: "sequence", Object: shown(r.name), What: "not in the dump"})
	}
}

// seeExtra records a table that the dump does not have. Its rows are counted.
func (e *expected) seeExtra(r relation, share *memory.Share) error {
	switch {
	case e.existing || r.ofExtension:
		return nil
	case r.persistence == "u":
		e.result.Omit(fmt.Sprintf("unlogged table %s: the dump has no rows of it, as one of a standby", shown(r.name)))
		return nil
	case r.unreadable != "":
		e.result.Differ(proof.Difference{Kind: "table", Object: shown(r.name), What: notInDump})
		return nil
	}
	if err := share.Grow(tableCost + int64(len(r.name.Schema)+len(r.name.Name))); err != nil {
		return err
	}
	t := &table{Table: fingerprint.Table{Schema: r.name.Schema, Name: r.name.Name}, schema: r.name.Schema, extra: true, state: readable, facts: r.facts}
	t.facts.condition = ""
	e.tables = append(e.tables, t)
	return nil
}

const notInDump = "not in the dump"

// otherColumns reports whether the table's columns are not the dump's, and which.
// The order may differ: a child table has the columns of its parent first. An
// existing table may have more.
func (e *expected) otherColumns(t *table, columns []string) bool {
	lacks, more := 0, 0
	var example string
	for _, c := range t.Columns {
		if !slices.Contains(columns, string(c)) {
			lacks, example = lacks+1, string(c)
		}
	}
	for _, c := range columns {
		if !e.existing && !slices.Contains(t.Columns, fingerprint.Name(c)) {
			more, example = more+1, c
		}
	}
	if lacks == 0 && more == 0 {
		return false
	}
	e.result.Differ(proof.Difference{
		Kind: "table", Object: shown(t.name()), What: "columns",
		Expected: fmt.Sprintf("%d columns", len(t.Columns)), Found: fmt.Sprintf("%d missing and %d others, such as %s", lacks, more, line(example)),
	})
	return true
}

// reportMissing reports the tables and sequences that the database lacks.
func (e *expected) reportMissing() {
	for _, t := range e.tables {
		if t.state == missing {
			e.result.Differ(proof.Difference{Kind: "table", Object: shown(t.name()), What: "missing", Expected: rowsText(t.Rows), Found: "no table"})
		}
	}
	for _, s := range e.order {
		if !s.found {
			e.result.Differ(proof.Difference{Kind: "sequence", Object: shown(s.name()), What: "missing", Expected: s.text(), Found: "no sequence"})
		}
	}
}

// sequenceBatch is the number of sequences that one statement reads.
const sequenceBatch = 500

// sequences compares the values of the sequences.
func (l *leader) sequences(ctx context.Context, e *expected) error {
	readable := slices.DeleteFunc(slices.Clone(e.order), func(s *sequence) bool { return !s.readable })
	for batch := range slices.Chunk(readable, sequenceBatch) {
		var parts []string
		for i, s := range batch {
			parts = append(parts, fmt.Sprintf("SELECT %d, last_value, is_called FROM %s", i, quoted(s.name())))
		}
		rows, err := l.session.Conn.Query(ctx, strings.Join(parts, " UNION ALL "), pgx.QueryExecModeExec)
		if err != nil {
			return err
		}
		var at int
		var found fingerprint.Sequence
		_, err = pgx.ForEachRow(rows, []any{&at, &found.Last, &found.Called}, func() error {
			e.compareSequence(batch[at], found)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *expected) compareSequence(s *sequence, found fingerprint.Sequence) {
	e.result.Sequences++
	if s.Last != found.Last || s.Called != found.Called {
		e.result.Differ(proof.Difference{Kind: "sequence", Object: shown(s.name()), What: "value", Expected: s.text(), Found: (&sequence{Sequence: found}).text()})
	}
}

func (s *sequence) name() fingerprint.TableName {
	return fingerprint.TableName{Schema: s.Schema, Name: s.Name}
}

func (s *sequence) text() string {
	if s.Called {
		return fmt.Sprintf("%d", s.Last)
	}
	return fmt.Sprintf("%d, not given yet", s.Last)
}

// largeObjects finds the large objects that either side lacks.
func (l *leader) largeObjects(ctx context.Context, e *expected) error {
	slices.SortFunc(e.objects, byOID)
	rows, err := l.session.Conn.Query(ctx, `SELECT oid FROM pg_largeobject_metadata ORDER BY oid`)
	if err != nil {
		return err
	}
	var oid uint32
	next, there := 0, e.objects[:0:0]
	lackBefore := func(before uint64) {
		for ; next < len(e.objects) && uint64(e.objects[next].OID) < before; next++ {
			e.lack(e.objects[next])
		}
	}
	_, err = pgx.ForEachRow(rows, []any{&oid}, func() error {
		lackBefore(uint64(oid))
		if next < len(e.objects) && e.objects[next].OID == oid {
			there = append(there, e.objects[next])
			next++
		} else if !e.existing {
			e.result.Differ(proof.Difference{Kind: largeObject, Object: fmt.Sprint(oid), What: notInDump})
		}
		return nil
	})
	if err != nil {
		return err
	}
	lackBefore(1 << 32)
	e.objects = there
	return nil
}

const largeObject = "large object"

func byOID(a, b fingerprint.Object) int { return cmp.Compare(a.OID, b.OID) }

// lack reports a large object that the database lacks.
func (e *expected) lack(o fingerprint.Object) {
	e.result.Differ(proof.Difference{Kind: largeObject, Object: fmt.Sprint(o.OID), What: "missing", Expected: objectText(o), Found: "no object"})
}

func objectText(o fingerprint.Object) string {
	return fmt.Sprintf("%d bytes, SHA-256 %s", o.Bytes, o.SHA256)
}
