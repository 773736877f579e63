package jobs

import (
	"fmt"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
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
	if err := checkPointOrLatest(i.Instance, i.Point); err != nil {
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
	Readings
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
	return fmt.Sprintf("damaged recovery points of %s: %s", r.Instance, strings.Join(r.damages("pgvault points "+r.Instance), "; "))
}
