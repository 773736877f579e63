package jobs

import (
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
)

// DeletePointInput starts a DeletePoint.
type DeletePointInput struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	// Reason is kept in the tombstone and in the job's record.
	Reason string `json:"reason,omitempty"`
}

// Check implements [Input].
func (i DeletePointInput) Check() error { return checkPoint(i.Instance, i.Point) }

func checkPoint(instance, point string) error {
	if err := checkInstance(instance); err != nil {
		return err
	}
	return checkPresent("point", point)
}

// UndeletePointInput starts an UndeletePoint.
type UndeletePointInput struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	Reason   string `json:"reason,omitempty"`
	// Keep is how long the point is kept from now on at least, such as "30d"; empty
	// means 14 days.
	Keep string `json:"keep,omitempty"`
}

// Check implements [Input].
func (i UndeletePointInput) Check() error {
	if err := checkPoint(i.Instance, i.Point); err != nil {
		return err
	}
	_, err := i.KeepFor()
	return err
}

// KeepFor returns Keep as a duration.
func (i UndeletePointInput) KeepFor() (policy.Duration, error) {
	if i.Keep == "" {
		return policy.Duration{Days: 14}, nil
	}
	keep, err := policy.ParseDuration(i.Keep)
	if err != nil {
		return keep, badInput[UndeletePointInput](fmt.Sprintf("field \"keep\": %v", err))
	}
	return keep, nil
}

// PointResult is the result of a DeletePoint or an UndeletePoint.
type PointResult struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	// Until is the end of the time in which a deleted point can be undeleted, or in
	// which an undeleted one is kept; absent if the point was purged.
	Until time.Time `json:"until,omitzero"`
}
