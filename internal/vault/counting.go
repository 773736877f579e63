package vault

import (
	"time"

	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// Counting returns the scheduled times of the points that count when the one of
// that ID is committed: those that a schedule has asked for and that can be
// restored. An attempt whose answer was lost may have made that very point,
// which does not stand in its own way.
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
