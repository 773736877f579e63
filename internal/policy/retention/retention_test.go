package retention_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy/retention"
)

var now = time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)

const (
	day   = 24 * time.Hour
	grace = 24 * time.Hour
)

// good returns a good point taken age days ago that is kept for keep days.
func good(id string, age, keep int) retention.Point {
	at := now.Add(-time.Duration(age) * day)
	return retention.Point{
		ID: id, Time: at, Committed: true, Good: true, LastChange: at,
		Expires: at.Add(time.Duration(keep) * day),
	}
}

func damaged(id string, age, keep int) retention.Point {
	p := good(id, age, keep)
	p.Good = false
	return p
}

func orphan(id string, age time.Duration) retention.Point {
	return retention.Point{ID: id, Time: now.Add(-age), LastChange: now.Add(-age)}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	held := good("held", 60, 30)
	held.HeldBy = []string{"restore/1"}
	running := orphan("running", 100*day)
	running.JobRuns = true
	unknown := good("unknown", 60, 30)
	unknown.Expires = time.Time{}
	future := good("future", -400, 7)

	for name, c := range map[string]struct {
		points []retention.Point
		want   map[string]retention.Reason
	}{
		"nothing": {},
		"an expired point goes when there is a newer good one": {
			[]retention.Point{good("old", 40, 30), good("new", 1, 30)},
			map[string]retention.Reason{"old": retention.Expired, "new": retention.LastGood},
		},
		"the last good point stays though it expired long ago": {
			[]retention.Point{good("old", 4000, 30), good("older", 5000, 30)},
			map[string]retention.Reason{"old": retention.LastGood, "older": retention.Expired},
		},
		"a run of damaged points does not make an older good one go": {
			[]retention.Point{good("good", 400, 30), damaged("bad1", 2, 30), damaged("bad2", 1, 30)},
			map[string]retention.Reason{"good": retention.LastGood, "bad1": retention.Damaged, "bad2": retention.Damaged},
		},
		"a damaged point goes when it expires": {
			[]retention.Point{damaged("bad", 40, 30), good("good", 1, 30)},
			map[string]retention.Reason{"bad": retention.Expired, "good": retention.LastGood},
		},
		"damaged points stay while there is no good one": {
			[]retention.Point{damaged("bad1", 400, 30), damaged("bad2", 300, 30)},
			map[string]retention.Reason{"bad1": retention.Damaged, "bad2": retention.Damaged},
		},
		"a point expires at its very second": {
			[]retention.Point{good("a", 30, 30), good("b", 1, 30)},
			map[string]retention.Reason{"a": retention.Expired, "b": retention.LastGood},
		},
		"a held point stays": {
			[]retention.Point{held, good("new", 1, 30)},
			map[string]retention.Reason{"held": retention.Held, "new": retention.LastGood},
		},
		"what a running job has stored stays, however old": {
			[]retention.Point{running}, map[string]retention.Reason{"running": retention.Running},
		},
		"an orphan within the grace stays, and goes after it": {
			[]retention.Point{orphan("young", 23*time.Hour), orphan("old", 24*time.Hour)},
			map[string]retention.Reason{"young": retention.Young, "old": retention.Orphan},
		},
		"a manifest without an expiry is not taken for an expired one": {
			[]retention.Point{unknown, good("new", 1, 30)},
			map[string]retention.Reason{"unknown": retention.NoExpiry, "new": retention.LastGood},
		},
		"a clock that was wrong does not decide which point is the last for long": {
			[]retention.Point{future, good("new", 1, 30)},
			map[string]retention.Reason{"future": retention.LastGood, "new": retention.NotYet},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := map[string]retention.Reason{}
			for _, d := range (retention.Rules{Now: now, Grace: grace}).Plan(c.points) {
				got[d.Point.ID] = d.Reason
				require.NotEmpty(t, d.Why)
			}
			require.Equal(t, len(c.want), len(got))
			for id, reason := range c.want {
				require.Equal(t, reason, got[id], id)
			}
		})
	}
}

// TestPlanInvariants checks invariants for random points.
func TestPlanInvariants(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		points := randomPoints(random)
		at := now.Add(time.Duration(random.IntN(8000)-4000) * day)
		decisions := retention.Rules{Now: at, Grace: grace}.Plan(points)
		require.Len(t, decisions, len(points))
		goodBefore, goodAfter := 0, 0
		for i, d := range decisions {
			require.Equal(t, points[i].ID, d.Point.ID, "decisions stand in the points' order")
			if d.Point.Good {
				goodBefore++
			}
			if d.Point.Good && !d.Remove {
				goodAfter++
			}
			if !d.Remove {
				continue
			}
			require.Empty(t, d.Point.HeldBy)
			require.False(t, d.Point.JobRuns && !d.Point.Committed)
			if d.Point.Committed {
				require.Positive(t, goodOf(points), "nothing committed goes while there is no good point")
				require.False(t, d.Point.Expires.IsZero())
				require.False(t, at.Before(d.Point.Expires))
			} else {
				require.GreaterOrEqual(t, at.Sub(d.Point.LastChange), grace)
			}
		}
		require.Equal(t, goodBefore > 0, goodAfter > 0, "a good point is always left")
	}
}

func goodOf(points []retention.Point) (n int) {
	for _, p := range points {
		if p.Good {
			n++
		}
	}
	return n
}

func randomPoints(random *rand.Rand) []retention.Point {
	points := make([]retention.Point, random.IntN(12))
	for i := range points {
		at := now.Add(-time.Duration(random.IntN(4000)) * day)
		p := retention.Point{ID: fmt.Sprint(i), Time: at, LastChange: at, Committed: random.IntN(4) > 0, JobRuns: random.IntN(4) == 0}
		p.Good = p.Committed && random.IntN(3) > 0
		if p.Committed && random.IntN(10) > 0 {
			p.Expires = at.Add(time.Duration(7+random.IntN(3650)) * day)
		}
		if random.IntN(6) == 0 {
			p.HeldBy = []string{"job"}
		}
		points[i] = p
	}
	return points
}
