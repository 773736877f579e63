package checks

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/proof"
)

// maxNames is the number of corrupt relations that a result names.
const maxNames = 100

// tally is what amcheck has found so far.
type tally struct {
	counts proof.AMCheck
	// names are the first corrupt relations, and skipped the numbers of relations that
	// were not checked by reason.
	names   []string
	skipped map[string]int
}

// add counts a relation. found is the number of corruptions, and err is a *[broken] if
// the check gave no answer.
func (t *tally) add(of relation, found int, err error) {
	var none *broken
	switch {
	case errors.As(err, &none) && !none.corrupt():
		t.skip(cmp.Or(none.reason, "SQLSTATE "+none.state), 1)
		return
	case err != nil || found > 0:
		t.counts.Corrupt++
		if len(t.names) < maxNames {
			t.names = append(t.names, of.String())
		}
	}
	if of.index {
		t.counts.Indexes++
	} else {
		t.counts.Tables++
	}
}

// corrupt reports whether an error of amcheck says that a relation is corrupt. Classes
// XX and 58 are those of corruption and of the server's files. A server refuses
// what it does not support, or what the role may not do, by another class.
func (b *broken) corrupt() bool {
	return strings.HasPrefix(b.state, "XX") || strings.HasPrefix(b.state, "58")
}

// maxReasons bounds the number of reasons, of which code of the database may give any
// number by SQLSTATEs of its own.
const maxReasons = 20

func (t *tally) skip(reason string, relations int) {
	if t.skipped == nil {
		t.skipped = map[string]int{}
	}
	if _, known := t.skipped[reason]; !known && len(t.skipped) == maxReasons {
		reason = "other reasons"
	}
	t.skipped[reason] += relations
}

// result returns the counts, in an order that does not depend on the connections.
func (t *tally) result() proof.AMCheck {
	result := t.counts
	slices.Sort(t.names)
	result.Names = t.names
	for reason, relations := range t.skipped {
		result.Skipped += relations
		result.Reasons = append(result.Reasons, fmt.Sprintf("%d not checked: %s", relations, reason))
	}
	slices.Sort(result.Reasons)
	return result
}
