package restore

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
)

// setval matches the statement by which pg_dump sets a sequence.
var setval = regexp.MustCompile(`(?s)^SELECT pg_catalog\.setval\('.*', (-?[0-9]+), (true|false)\);\s*$`)

// sequenceValues returns the statements that set the sequences of the job's
// schemas. Other sequences have their own values.
func (s schemas) sequenceValues(toc, definitions *archive.TOC) (string, error) {
	made := map[TableName]bool{}
	for i := range definitions.Entries {
		if e := &definitions.Entries[i]; e.Desc == "SEQUENCE" {
			made[TableName{e.Namespace, e.Tag}] = true
		}
	}
	var statements strings.Builder
	for i := range toc.Entries {
		e := &toc.Entries[i]
		name := TableName{s[e.Namespace], e.Tag}
		if e.Desc != archive.DescSequenceSet || !made[name] {
			continue
		}
		value := setval.FindStringSubmatch(e.Defn)
		if value == nil {
			return "", fmt.Errorf("%w: cannot read the value of sequence %q.%q", archive.ErrDamaged, e.Namespace, e.Tag)
		}
		fmt.Fprintf(&statements, "SELECT pg_catalog.setval(%s, %s, %s); ", postgres.QuoteLiteral(name.SQL()), value[1], value[2])
	}
	return statements.String(), nil
}
