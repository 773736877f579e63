package retention_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy/retention"
)

func TestTheLastProvenPointStays(t *testing.T) {
	t.Parallel()
	proven := func(p retention.Point) retention.Point {
		p.Proven = true
		return p
	}
	deleted := func(p retention.Point, bySweep bool) retention.Point {
		p.Deleted = &retention.Deletion{Until: now.Add(-day), BySweep: bySweep}
		return p
	}
	copied := damaged("b", 50, 30)
	copied.Copied = true
	locked := proven(good("b", 50, 30))
	locked.LockedUntil = now.Add(time.Hour)
	for name, c := range map[string]struct {
		points []retention.Point
		want   string
	}{
		"though it has expired":                  {[]retention.Point{proven(good("a", 60, 30)), good("b", 50, 30), good("c", 1, 30)}, "a last proven point; b expired; c last good point; "},
		"in whatever order":                      {[]retention.Point{good("c", 1, 30), good("b", 50, 30), proven(good("a", 60, 30))}, "c last good point; b expired; a last proven point; "},
		"only the newest of them":                {[]retention.Point{proven(good("a", 60, 30)), proven(good("b", 50, 30)), good("c", 1, 30)}, "a expired; b last proven point; c last good point; "},
		"the newest of them, in whatever order":  {[]retention.Point{proven(good("b", 50, 30)), proven(good("a", 60, 30)), good("c", 1, 30)}, "b last proven point; a expired; c last good point; "},
		"until a newer one is proven":            {[]retention.Point{proven(good("a", 60, 30)), good("b", 50, 30), proven(good("c", 1, 30))}, "a expired; b expired; c last good point; "},
		"one that has not expired is enough":     {[]retention.Point{proven(good("a", 60, 30)), proven(good("b", 20, 30)), good("c", 1, 30)}, "a expired; b not expired; c last good point; "},
		"one that is locked is enough":           {[]retention.Point{proven(good("a", 60, 30)), locked, good("c", 1, 30)}, "a expired; b locked; c last good point; "},
		"a damaged one is none":                  {[]retention.Point{proven(good("a", 60, 30)), proven(damaged("b", 50, 30)), good("c", 1, 30)}, "a last proven point; b expired; c last good point; "},
		"a copied one is one":                    {[]retention.Point{proven(good("a", 60, 30)), proven(copied), good("c", 1, 30)}, "a expired; b last proven point; c last good point; "},
		"one that a person has deleted is none":  {[]retention.Point{proven(good("a", 60, 30)), deleted(proven(good("b", 50, 30)), false), good("c", 1, 30)}, "a last proven point; b purged; c last good point; "},
		"one that a sweep has deleted is purged": {[]retention.Point{deleted(proven(good("a", 60, 30)), true), good("c", 1, 30)}, "a purged; c last good point; "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			for _, d := range (retention.Rules{Now: now, Grace: grace, KeepLastProven: true}).Plan(c.points) {
				got += d.Point.ID + " " + string(d.Reason) + "; "
				require.False(t, d.Archive, "what has expired does not move")
			}
			require.Equal(t, c.want, got)
			for _, d := range (retention.Rules{Now: now, Grace: grace}).Plan(c.points) {
				require.NotEqual(t, retention.LastProven, d.Reason, "not asked for")
			}
		})
	}
}

// A planner keeps one more point waiting, however many are proven.
func TestPlannerKeepsOneProvenPoint(t *testing.T) {
	t.Parallel()
	planner := retention.Planner{Rules: retention.Rules{Now: now, Grace: grace, KeepLastProven: true}}
	decided := 0
	for age := 5000; age > 0; age-- {
		p := good(fmt.Sprint(10000-age), age, 30)
		p.Proven = age > 100
		decided += len(planner.Add(p))
		require.Empty(t, planner.State.Waiting)
	}
	require.Equal(t, 4998, decided)
	end := planner.End()
	require.Len(t, end, 2)
	require.Equal(t, retention.LastGood, end[0].Reason)
	require.Equal(t, retention.LastProven, end[1].Reason)
	require.Equal(t, fmt.Sprint(10000-101), end[1].Point.ID)
	require.Equal(t, retention.State{}, planner.State)
}
