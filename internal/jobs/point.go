package jobs

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/policy"
)

// DeletePointInput starts a DeletePoint.
type DeletePointInput struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	// Reason is stored in the tombstone and in the job's record.
	Reason string `json:"reason,omitempty"`
}

// Check implements [Input].
func (i DeletePointInput) Check() error { return CheckPoint(i.Instance, i.Point) }

// pointForm matches the IDs of points, which become a part of blob names.
var pointForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// CheckPoint returns a [failure.InvalidInput] if the arguments are not a valid
// instance name and point ID.
func CheckPoint(instance, point string) error {
	if err := CheckInstance(instance); err != nil {
		return err
	}
	if err := checkPresent("point", point); err != nil {
		return err
	}
	if !pointForm.MatchString(point) || strings.HasSuffix(point, ".") {
		return failure.New(failure.InvalidInput, "give an ID as `pgvault points "+instance+"` prints it", "the job's input: field \"point\" cannot be %q", point)
	}
	return nil
}

// checkPointOrLatest is like CheckPoint for a point that may be left out.
func checkPointOrLatest(instance, point string) error {
	if point == "" {
		return CheckInstance(instance)
	}
	return CheckPoint(instance, point)
}

// UndeletePointInput starts an UndeletePoint.
type UndeletePointInput struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	Reason   string `json:"reason,omitempty"`
	// Keep is the least time for which the point is kept from now on, such as
	// "30d"; empty means 14 days.
	Keep string `json:"keep,omitempty"`
}

// Check implements [Input].
func (i UndeletePointInput) Check() error {
	if err := CheckPoint(i.Instance, i.Point); err != nil {
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
	// Until is the time until which a deleted point can be undeleted, or an
	// undeleted one is kept; absent if the point was purged.
	Until time.Time `json:"until,omitzero"`
}
