package retention_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/retention"
)

// keeps is a plain and slow statement of what must stay, independent of the
// planner: it looks at all points for each.
func keeps(points []retention.Point, p retention.Point, r retention.Rules) bool {
	usable := func(q retention.Point) bool { return q.Committed && q.Good && q.Deleted == nil }
	last := func(among func(retention.Point) bool) string {
		id, newest := "", time.Time{}
		for _, q := range points {
			if among(q) && (id == "" || q.Time.After(newest) || q.Time.Equal(newest) && q.ID > id) {
				id, newest = q.ID, q.Time
			}
		}
		return id
	}
	lastGood := last(usable)
	goes := func(q retention.Point) bool {
		switch {
		case len(q.HeldBy) > 0:
			return false
		case !q.Committed:
			return !q.JobRuns && r.Now.Sub(q.LastChange) >= r.Grace
		case q.Deleted != nil:
			over := q.Deleted.Purging || !q.Deleted.Until.IsZero() && !r.Now.Before(q.Deleted.Until)
			return over && !r.Now.Before(q.LockedUntil)
		}
		if !r.SoftDelete && r.Now.Before(q.LockedUntil) {
			return false
		}
		return !r.RetainForever && !q.Expires.IsZero() && !r.Now.Before(q.Expires)
	}
	if !goes(p) || p.ID == lastGood {
		return true
	}
	if !p.Committed || lastGood != "" || p.Deleted != nil && (!p.Deleted.BySweep || p.Deleted.Purging) {
		return false
	}
	// No usable point is left: of what only rules have deleted, the newest good
	// one stays, and what is damaged stays too.
	rescued := last(func(q retention.Point) bool {
		return q.Good && q.Committed && q.Deleted != nil && q.Deleted.BySweep && !q.Deleted.Purging && goes(q)
	})
	return p.Deleted == nil || rescued == "" || p.ID == rescued
}

func TestPlanAgreesWithThePlainStatement(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		points := randomPoints(random)
		for i := range points {
			withState(random, &points[i])
		}
		rules := retention.Rules{
			Now: now.Add(time.Duration(random.IntN(8000)-4000) * day), Grace: grace,
			SoftDelete: random.IntN(2) == 0, RetainForever: random.IntN(4) == 0,
		}
		shuffled := slices.Clone(points)
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for _, d := range rules.Plan(shuffled) {
			require.Equal(t, keeps(points, d.Point, rules), !d.Remove, "%+v\n%s: %s", d.Point, d.Reason, d.Why)
			require.NotEmpty(t, d.Why)
			if d.Soft {
				require.True(t, d.Remove && rules.SoftDelete && d.Point.Committed && d.Point.Deleted == nil)
			}
		}
	}
}

func withState(random *rand.Rand, p *retention.Point) {
	if !p.Committed {
		return
	}
	if random.IntN(3) == 0 {
		p.Deleted = &retention.Deletion{BySweep: random.IntN(2) == 0, Purging: random.IntN(8) == 0}
		if random.IntN(6) > 0 {
			p.Deleted.Until = p.Time.Add(time.Duration(random.IntN(4000)) * day)
		}
	}
	if random.IntN(4) == 0 && !p.Expires.IsZero() {
		p.LockedUntil = p.Expires.Add(-time.Duration(random.IntN(100)) * day)
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	soft := retention.Rules{Now: now, Grace: grace, SoftDelete: true}
	deleted := func(p retention.Point, until int, bySweep bool) retention.Point {
		p.Deleted = &retention.Deletion{Until: now.Add(time.Duration(until) * day), BySweep: bySweep}
		return p
	}
	locked := good("locked", 40, 30)
	locked.LockedUntil = now.Add(day)
	lockedDeleted := deleted(locked, -1, false)
	decide := func(r retention.Rules, points ...retention.Point) string {
		text := ""
		for _, d := range r.Plan(points) {
			text += fmt.Sprintf("%s %t %t %s; ", d.Point.ID, d.Remove, d.Soft, d.Reason)
		}
		return text
	}
	require.Equal(t, "a true true expired; b false false last good point; ", decide(soft, good("a", 40, 30), good("b", 1, 30)))
	require.Equal(t, "a false false soft-deleted; b false false last good point; ", decide(soft, deleted(good("a", 40, 30), 1, true), good("b", 1, 30)))
	require.Equal(t, "a true false purged; b false false last good point; ", decide(soft, deleted(good("a", 40, 30), 0, true), good("b", 1, 30)))
	require.Equal(t, "a false false last good point; b false false soft-deleted; ", decide(soft, good("a", 40, 30), deleted(good("b", 1, 30), 1, false)),
		"a person deletes the last good point, and the one before becomes the last")
	require.Equal(t, "a false false last good point; ", decide(soft, deleted(good("a", 40, 30), 0, true)), "what a sweep has deleted is not purged while it is all there is")
	require.Equal(t, "a true false purged; ", decide(soft, deleted(good("a", 40, 30), 0, false)))
	require.Equal(t, "locked true true expired; b false false last good point; ", decide(soft, locked, good("b", 1, 30)), "a lock does not hinder a tombstone")
	require.Equal(t, "locked false false locked; b false false last good point; ", decide(retention.Rules{Now: now}, locked, good("b", 1, 30)))
	require.Equal(t, "locked false false locked; ", decide(soft, lockedDeleted), "nor is a locked point purged")
	forever := soft
	forever.RetainForever = true
	require.Equal(t, "a false false retained for ever; b false false last good point; ", decide(forever, good("a", 40, 30), good("b", 1, 30)))
}

// Planned oldest first, as listings come, hardly anything is waited with.
func TestPlannerKeepsNextToNothing(t *testing.T) {
	t.Parallel()
	planner := retention.Planner{Rules: retention.Rules{Now: now, Grace: grace}}
	decided := 0
	for age := 5000; age > 0; age-- {
		decided += len(planner.Add(good(fmt.Sprint(10000-age), age, 30)))
		require.Empty(t, planner.State.Waiting)
	}
	require.Equal(t, 4999, decided)
	require.Len(t, planner.End(), 1)
}
