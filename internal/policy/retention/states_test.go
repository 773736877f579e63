package retention_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy/retention"
)

// keeps is a simple and slow implementation of which points must stay. It looks
// at all points for each.
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
	lastGood, lastCopied := last(usable), ""
	if lastGood == "" {
		lastCopied = last(func(q retention.Point) bool { return q.Committed && q.Copied && q.Deleted == nil })
	}
	goes := func(q retention.Point) bool {
		switch {
		case len(q.HeldBy) > 0:
			return false
		case !q.Committed:
			return !q.JobRuns && r.Now.Sub(q.LastChange) >= r.Grace
		case q.Deleted != nil:
			over := !q.Deleted.Until.IsZero() && !r.Now.Before(q.Deleted.Until)
			return over && !r.Now.Before(q.LockedUntil)
		}
		if !r.SoftDelete && r.Now.Before(q.LockedUntil) {
			return false
		}
		return !r.RetainForever && !q.Expires.IsZero() && !r.Now.Before(q.Expires)
	}
	if !goes(p) || p.ID == lastGood || p.ID == lastCopied {
		return true
	}
	if r.KeepLastProven && p.ID == last(func(q retention.Point) bool { return q.Proven && q.Restorable() }) {
		return true
	}
	if !p.Committed || lastGood != "" || p.Deleted != nil && !p.Deleted.BySweep {
		return false
	}
	// Without a usable point, the newest good point deleted by a sweep stays,
	// and so do damaged points.
	bySweep := func(q retention.Point) bool {
		return q.Committed && q.Deleted != nil && q.Deleted.BySweep && goes(q)
	}
	rescued := last(func(q retention.Point) bool { return q.Good && bySweep(q) })
	if p.Copied { // the newest copied point stays if there is nothing better
		return lastCopied == "" && rescued == "" && p.ID == last(func(q retention.Point) bool { return q.Copied && bySweep(q) })
	}
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
			SoftDelete: random.IntN(2) == 0, RetainForever: random.IntN(4) == 0, KeepLastProven: random.IntN(4) > 0,
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
	p.Copied = !p.Good && random.IntN(2) == 0
	p.Proven = random.IntN(3) == 0
	if random.IntN(3) == 0 {
		p.Deleted = &retention.Deletion{BySweep: random.IntN(2) == 0}
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

// In a copied vault no point is known to be good, and the newest stays.
func TestCopiedPoints(t *testing.T) {
	t.Parallel()
	copied := func(id string, age, keep int) retention.Point {
		p := damaged(id, age, keep)
		p.Copied = true
		return p
	}
	deleted := func(p retention.Point, bySweep bool) retention.Point {
		p.Deleted = &retention.Deletion{Until: now.Add(-day), BySweep: bySweep}
		return p
	}
	held := copied("held", 35, 30)
	held.HeldBy = []string{"restore/1"}
	due := copied("due", 20, 300)
	due.ArchiveAt = now.Add(-day)
	for name, c := range map[string]struct {
		points []retention.Point
		want   string
	}{
		"the newest stays, the others expire":           {[]retention.Point{copied("a", 60, 30), copied("b", 50, 30), copied("c", 40, 30)}, "a expired; b expired; c last copied point; "},
		"in whatever order":                             {[]retention.Point{copied("c", 40, 30), copied("a", 60, 30), copied("b", 50, 30)}, "c last copied point; a expired; b expired; "},
		"beside a good one they expire as usual":        {[]retention.Point{good("a", 60, 30), copied("b", 50, 30), copied("c", 4, 30)}, "a last good point; b expired; c not expired; "},
		"though the good one comes later":               {[]retention.Point{copied("a", 60, 30), copied("b", 50, 30), good("c", 4, 30)}, "a expired; b expired; c last good point; "},
		"damaged ones stay beside them":                 {[]retention.Point{damaged("a", 60, 30), copied("b", 50, 30)}, "a damaged; b last copied point; "},
		"a good one that a sweep has deleted stays too": {[]retention.Point{deleted(good("a", 60, 30), true), copied("b", 50, 30)}, "a last good point; b last copied point; "},
		"what a sweep has deleted goes beside another":  {[]retention.Point{deleted(copied("a", 60, 30), true), copied("b", 50, 30)}, "a purged; b last copied point; "},
		"and the newest of it stays if it is all":       {[]retention.Point{deleted(copied("a", 60, 30), true), deleted(copied("b", 50, 30), true)}, "a purged; b last copied point; "},
		"what a person has deleted goes":                {[]retention.Point{deleted(copied("a", 60, 30), false)}, "a purged; "},
		"a held one is held":                            {[]retention.Point{copied("a", 60, 30), held}, "a expired; held held; "},
		"none is called damaged, or archived unread":    {[]retention.Point{due, copied("b", 4, 30)}, "due not expired; b last copied point; "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			for _, d := range (retention.Rules{Now: now, Grace: grace}).Plan(c.points) {
				got += d.Point.ID + " " + string(d.Reason) + "; "
				require.False(t, d.Archive)
				if d.Point.ID == "due" {
					require.Contains(t, d.Why, "once `pgvault verify` has found it good")
				}
			}
			require.Equal(t, c.want, got)
		})
	}
}

// Planned oldest first, as listings are ordered, almost no point waits.
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
	for age := 5000; age > 0; age-- {
		p := damaged(fmt.Sprint(10000-age), age, 30)
		p.Copied = true
		if age%2 == 0 {
			p.Deleted = &retention.Deletion{BySweep: true, Until: now.Add(-day)}
		}
		planner.Add(p)
		require.LessOrEqual(t, len(planner.State.Waiting), 1)
	}
	require.Len(t, planner.End(), 1)
}
