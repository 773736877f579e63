package dump

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// setval matches the end of the statement that dumpSequenceData of pg_dump.c
// writes: SELECT pg_catalog.setval('"public"."s"', 5, true);
var setval = regexp.MustCompile(`', (-?[0-9]{1,19}), (true|false)\);\n$`)

// sequencesOf returns the values of the sequences in a table of contents.
func sequencesOf(toc *archive.TOC) ([]fingerprint.Sequence, error) {
	var all []fingerprint.Sequence
	for i := range toc.Entries {
		e := &toc.Entries[i]
		if e.Desc != archive.DescSequenceSet {
			continue
		}
		s := fingerprint.Sequence{Schema: fingerprint.Name(e.Namespace), Name: fingerprint.Name(e.Tag)}
		found := setval.FindStringSubmatch(e.Defn)
		if found == nil {
			return nil, fmt.Errorf("%w: cannot read the value of sequence %s", archive.ErrDamaged, printable(qualified(e)))
		}
		var err error
		if s.Last, err = strconv.ParseInt(found[1], 10, 64); err != nil {
			return nil, fmt.Errorf("%w: sequence %s has the value %s", archive.ErrDamaged, printable(qualified(e)), found[1])
		}
		s.Called = found[2] == "true"
		all = append(all, s)
	}
	return all, nil
}
