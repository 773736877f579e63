package vault

import (
	"time"

	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// Counting returns the times of the points that count for the rule of a new
// point: scheduled points that can be restored. The point being committed is
// left out, since an attempt whose answer was lost may have made it already.
func Counting(points []Point, committing string) []time.Time {
	var times []time.Time
	for i := range points { // points are large, and there may be many
		p := &points[i]
		if p.Usable() && p.Trigger == manifest.TriggerSchedule && p.ID != committing {
			times = append(times, p.Time)
		}
	}
	return times
}
