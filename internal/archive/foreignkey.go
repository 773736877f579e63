package archive

import (
	"fmt"
	"regexp"
	"strings"
)

// ForeignKey is a foreign key as an archive defines it.
type ForeignKey struct {
	// Schema and Table name the table that has the key.
	Schema, Table string
	Name          string
	Columns       []string
	// ToSchema, ToTable and ToColumns are what the key refers to.
	ToSchema, ToTable string
	ToColumns         []string
	// Clauses are the clauses behind it as SQL, each after a blank, such as
	// " ON DELETE CASCADE".
	Clauses string
	// Valid reports whether all rows are known to satisfy the key.
	Valid bool
}

// keyClauses are the clauses that pg_get_constraintdef writes behind a foreign key.
var keyClauses = regexp.MustCompile(`^(?: MATCH (?:FULL|PARTIAL)| ON (?:UPDATE|DELETE) (?:CASCADE|RESTRICT|NO ACTION|SET NULL|SET DEFAULT)(?: \("(?:[^"]|"")+"(?:, "(?:[^"]|"")+")*\))?| NOT ENFORCED| NOT DEFERRABLE| DEFERRABLE| INITIALLY DEFERRED| INITIALLY IMMEDIATE)*$`)

// ForeignKey reads the definition of a foreign key. It fails with [ErrDamaged]
// unless the definition is as pg_dump --quote-all-identifiers writes it.
func (e *Entry) ForeignKey() (ForeignKey, error) {
	var k ForeignKey
	r := nameReader{rest: e.Defn}
	r.skip("ALTER TABLE ")
	r.rest = strings.TrimPrefix(r.rest, "ONLY ")
	k.Schema, k.Table = r.qualified()
	r.skip("\n    ADD CONSTRAINT ")
	k.Name = r.name()
	r.skip(" FOREIGN KEY ")
	k.Columns = r.list()
	r.skip(" REFERENCES ")
	k.ToSchema, k.ToTable = r.qualified()
	k.ToColumns = r.list()
	clauses, ended := strings.CutSuffix(r.rest, ";\n")
	k.Clauses = strings.TrimSuffix(clauses, " NOT VALID")
	k.Valid = k.Clauses == clauses && !strings.HasSuffix(clauses, " NOT ENFORCED")
	if r.failed || !ended || !keyClauses.MatchString(k.Clauses) {
		return ForeignKey{}, fmt.Errorf("%w: cannot read the foreign key %q.%q", ErrDamaged, clipped(e.Namespace), clipped(e.Tag))
	}
	return k, nil
}
