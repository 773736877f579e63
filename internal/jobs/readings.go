package jobs

import (
	"fmt"

	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// Readings are the outcomes of the points that a job has read back.
type Readings struct {
	// Good is the number of undamaged points.
	Good int `json:"good"`
	// Bytes is the length of the dumps that were read, good and damaged.
	Bytes int64 `json:"bytes"`
	// Damaged is the number of damaged points; DamagedPoints lists the first of
	// them.
	Damaged       int            `json:"damaged,omitempty"`
	DamagedPoints []DamagedPoint `json:"damagedPoints,omitempty"`
	// Archived is the number of points in the archive tier, which were not
	// read; ArchivedPoints lists the first of them.
	Archived       int      `json:"archived,omitempty"`
	ArchivedPoints []string `json:"archivedPoints,omitempty"`
	// Unsigned is the number of good points that are not signed; Notes has the
	// reason for the first of them.
	Unsigned int      `json:"unsigned,omitempty"`
	Notes    []string `json:"notes,omitempty"`
	// Gone is the number of points that were deleted meanwhile.
	Gone int `json:"gone,omitempty"`
}

// DamagedPoint is a point whose stored bytes differ from the recorded ones.
type DamagedPoint struct {
	// Instance is empty in the result of a job that reads one instance.
	Instance string `json:"instance,omitempty"`
	Point    string `json:"point"`
	VerifiedPoint
}

// PointState is the outcome of a point's read-back.
type PointState string

// The states.
const (
	PointGood    PointState = "good"
	PointDamaged PointState = "damaged"
	// PointArchived means that the dump is in the archive tier and was not
	// read.
	PointArchived PointState = "archived"
	// PointGone means that the point was deleted after it was listed.
	PointGone PointState = "gone"
)

// VerifiedPoint is the outcome of one point's read-back.
type VerifiedPoint struct {
	State PointState `json:"state"`
	// Damage lists damaged parts with the full names of their blobs. More
	// counts the parts that are left out.
	Damage []manifest.Damage `json:"damage,omitempty"`
	More   int               `json:"more,omitempty"`
	// Note says that the point is accepted without a signature.
	Note string `json:"note,omitempty"`
}

// maxListed is the number of damaged or archived points that a result lists.
const maxListed = 50

// maxNotes is the number of notes in a result.
const maxNotes = 10

// Add counts the outcome of a point with a dump of size bytes.
func (r *Readings) Add(point string, size int64, v VerifiedPoint) {
	r.AddOf("", point, size, v)
}

// AddOf is like Add in a job that reads points of several instances.
func (r *Readings) AddOf(instance, point string, size int64, v VerifiedPoint) {
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
			r.ArchivedPoints = append(r.ArchivedPoints, nameOf(instance, point))
		}
	case PointGone:
		r.Gone++
	default:
		r.Damaged++
		r.Bytes += size
		if len(r.DamagedPoints) < maxListed {
			r.DamagedPoints = append(r.DamagedPoints, DamagedPoint{Instance: instance, Point: point, VerifiedPoint: v})
		}
	}
}

func nameOf(instance, point string) string {
	if instance == "" {
		return point
	}
	return instance + " " + point
}

// Read returns the number of points that were handled.
func (r *Readings) Read() int { return r.Good + r.Damaged + r.Archived + r.Gone }

// Summary returns the counts in words.
func (r *Readings) Summary() string {
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

// damages returns the damaged points with their first damaged parts. The first
// ones are named, and others says where a person finds the others.
func (r *Readings) damages(others string) []string {
	var texts []string
	for _, p := range r.DamagedPoints {
		text := nameOf(p.Instance, p.Point)
		for i, d := range p.Damage {
			text += map[bool]string{true: ": ", false: ", "}[i == 0] + d.String()
		}
		if p.More > 0 {
			text += fmt.Sprintf(", and %d more places", p.More)
		}
		texts = append(texts, text)
	}
	if more := r.Damaged - len(r.DamagedPoints); more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more points, which `%s` lists", more, others))
	}
	return texts
}
