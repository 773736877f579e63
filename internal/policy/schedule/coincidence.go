package schedule

import (
	"time"

	"github.com/pgvault/pgvault/internal/policy"
)

// Coincidence is a time at which two schedules of a policy start.
type Coincidence struct {
	// First and Second are the schedules' positions in the policy, from 1.
	First, Second int
	// At is the earliest such time.
	At time.Time
}

// Coincidences returns the pairs of schedules that start a job at the same time
// in [from, to), each with the earliest such time. It takes clock changes into
// account: schedules in two zones may coincide on some days only.
func Coincidences(schedules []policy.Schedule, from, to time.Time) ([]Coincidence, error) {
	all := make([][]time.Time, len(schedules))
	for n, s := range schedules {
		var err error
		if all[n], err = Starts(s, from, to); err != nil {
			return nil, err
		}
	}
	var found []Coincidence
	for first := range all {
		for second := first + 1; second < len(all); second++ {
			if at, ok := firstCommon(all[first], all[second]); ok {
				found = append(found, Coincidence{First: first + 1, Second: second + 1, At: at})
			}
		}
	}
	return found, nil
}

// firstCommon returns the earliest time in both sorted lists.
func firstCommon(a, b []time.Time) (time.Time, bool) {
	for len(a) > 0 && len(b) > 0 {
		switch a[0].Compare(b[0]) {
		case 0:
			return a[0], true
		case -1:
			a = a[1:]
		default:
			b = b[1:]
		}
	}
	return time.Time{}, false
}
