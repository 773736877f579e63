package jobs

import (
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
)

// maxListed is the number of damaged or archived points that a result lists.
const maxListed = 50

// maxNotes is the number of notes in a result.
const maxNotes = 10

// Add counts the outcome of a point with a dump of size bytes.
func (r *VerifyResult) Add(point string, size int64, v VerifiedPoint) {
	switch v.State {
	case PointGood:
		r.Good++
		r.Bytes += size
		if v.Note == "" {
			return
		}
		r.Unsigned++
		if len(r.Notes) < maxNotes {
			r.Notes = append(r.Notes, v.Note)
		}
	case PointArchived:
		r.Archived++
		if len(r.ArchivedPoints) < maxListed {
			r.ArchivedPoints = append(r.ArchivedPoints, point)
		}
	case PointGone:
		r.Gone++
	default:
		r.Damaged++
		if len(r.DamagedPoints) < maxListed {
			r.DamagedPoints = append(r.DamagedPoints, DamagedPoint{Point: point, VerifiedPoint: v})
		}
	}
}

// Read returns the number of points that were handled.
func (r *VerifyResult) Read() int { return r.Good + r.Damaged + r.Archived + r.Gone }

// Summary returns the counts in words.
func (r *VerifyResult) Summary() string {
	text := fmt.Sprintf("%d good", r.Good)
	for _, c := range []struct {
		count int
		what  string
	}{{r.Unsigned, "of them not signed"}, {r.Damaged, "damaged"}, {r.Archived, "in the archive tier, not read"}, {r.Gone, "deleted meanwhile"}} {
		if c.count > 0 {
			text += fmt.Sprintf(", %d %s", c.count, c.what)
		}
	}
	return text
}

// Verdict returns a [failure.VerificationFailed] that names the damaged points,
// or nil if there are none.
func (r *VerifyResult) Verdict() error {
	if r.Damaged == 0 {
		return nil
	}
	return failure.New(failure.VerificationFailed,
		"restore from other recovery points, and take a new one: pgvault backup "+r.Instance+". Where the account keeps versions, or there is a copy of the vault, "+
			"write the right bytes back over the damaged blob and run pgvault verify again",
		"%s", r.DamageText())
}

// DamageText names the damaged points and their first damaged parts.
func (r *VerifyResult) DamageText() string {
	return fmt.Sprintf("damaged recovery points of %s: %s", r.Instance, strings.Join(r.damages(), "; "))
}

func (r *VerifyResult) damages() []string {
	var texts []string
	for _, p := range r.DamagedPoints {
		text := p.Point
		for i, d := range p.Damage {
			text += map[bool]string{true: ": ", false: ", "}[i == 0] + d.String()
		}
		if p.More > 0 {
			text += fmt.Sprintf(", and %d more places", p.More)
		}
		texts = append(texts, text)
	}
	if more := r.Damaged - len(r.DamagedPoints); more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more points, which `pgvault points %s` lists", more, r.Instance))
	}
	return texts
}
