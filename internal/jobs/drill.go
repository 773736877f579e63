package jobs

import (
	"slices"

	"github.com/pgvault/pgvault/internal/instance"
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
	if i.Point == "" || slices.Contains(instance.AllDrillPoints(), instance.DrillPoints(i.Point)) {
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
}
