package jobs

import (
	"time"

	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// VerifyInput starts a Verify.
type VerifyInput struct {
	Instance string `json:"instance"`
	// Point is a recovery point's ID; empty means the latest restorable point.
	Point string `json:"point,omitempty"`
	// All selects every point that is not deleted, newest first.
	All bool `json:"all,omitempty"`
	// Continued is set by a verification that continues as new. People leave it
	// out.
	Continued *VerifyContinued `json:"continued,omitempty"`
}

// Check implements [Input].
func (i VerifyInput) Check() error {
	if err := CheckInstance(i.Instance); err != nil {
		return err
	}
	if i.All && i.Point != "" {
		return badInput[VerifyInput](`give either "point" or "all"`)
	}
	return nil
}

// VerifyContinued is the progress of a verification's earlier runs and the job
// that started it.
type VerifyContinued struct {
	Job     Ref       `json:"job"`
	Started time.Time `json:"started"`
	// Before is the last point that was read, and Total the number of all
	// points.
	Before string       `json:"before"`
	Total  int          `json:"total"`
	Result VerifyResult `json:"result"`
}

// VerifyResult is the result of a Verify.
type VerifyResult struct {
	Instance string `json:"instance"`
	// Good is the number of undamaged points, and Bytes the length of their
	// dumps.
	Good  int   `json:"good"`
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
	Point string `json:"point"`
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
