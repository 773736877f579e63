package jobs

import (
	"fmt"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/proof"
)

// DrillInput starts a Drill. The instance's definition names the server: a
// client cannot choose another.
type DrillInput struct {
	Instance string `json:"instance"`
	// Point is "latest", "oldest", "random" or the ID of a recovery point; empty
	// means the choice in the instance's definition.
	Point string `json:"point,omitempty"`
}

// Check implements [Input].
func (i DrillInput) Check() error {
	if i.Point == "" || instance.DrillPoints(i.Point).Known() {
		return CheckInstance(i.Instance)
	}
	return CheckPoint(i.Instance, i.Point)
}

// DrillRunInput starts a DrillRun, the child of a Drill.
type DrillRunInput struct {
	DrillInput
	// Drill is the instance's definition when the drill was planned.
	Drill   instance.Drill `json:"drill"`
	VaultID string         `json:"vaultID"`
	Job     Ref            `json:"job"`
	Trigger Trigger        `json:"trigger"`
}

// DrillResult is the result of a Drill.
type DrillResult struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	// Server is the scratch server's host and port.
	Server string `json:"server"`
	// Record is the blob of the record.
	Record string `json:"record,omitempty"`
	DrillVerdict
}

// MaxDrillDifferences bounds the lists of a [DrillVerdict].
const MaxDrillDifferences = 20

// DrillVerdict is what a drill says about a point, with the first differences and
// the first parts that are not proven. The record has more of them.
type DrillVerdict struct {
	Verdict       proof.Verdict `json:"verdict"`
	Differences   []string      `json:"differences,omitempty"`
	More          int           `json:"more,omitempty"`
	NotProven     []string      `json:"notProven,omitempty"`
	MoreNotProven int           `json:"moreNotProven,omitempty"`
	// RestoreTime is the measured time to restore.
	RestoreTime time.Duration `json:"restoreTime,omitempty"`
}

// Refusal returns a [failure.DrillFailed] that names the first differences, or nil
// if nothing speaks against the point.
func (r DrillResult) Refusal() error {
	if r.Verdict.Holds() {
		return nil
	}
	text := strings.Join(r.Differences, "\n  ")
	if r.More > 0 {
		text += fmt.Sprintf("\n  and %d more", r.More)
	}
	return failure.New(failure.DrillFailed,
		"do not rely on this point: `pgvault verify "+r.Instance+" --point "+r.Point+"` reads its stored bytes, `pgvault drill "+r.Instance+" --point ID` tries another point, and `pgvault backup "+r.Instance+"` makes a new one",
		"recovery point %s of %s was restored, and is not what was dumped:\n  %s", r.Point, r.Instance, text)
}
