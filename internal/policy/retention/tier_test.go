package retention_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy/retention"
)

// aging returns a good point taken age days ago that moves to the archive tier
// after standard days and is kept for keep days.
func aging(age, standard, keep int) retention.Point {
	p := good("old", age, keep)
	p.ArchiveAt = p.Time.Add(time.Duration(standard) * day)
	return p
}

func TestArchive(t *testing.T) {
	t.Parallel()
	forever := retention.Rules{RetainForever: true}
	for name, c := range map[string]struct {
		point retention.Point
		edit  func(*retention.Point)
		rules retention.Rules
		want  bool
	}{
		"its standard life has ended":           {point: aging(30, 30, 400), want: true},
		"its standard life has not ended":       {point: aging(29, 30, 400)},
		"it never moves":                        {point: good("old", 300, 400)},
		"it expires when it should move":        {point: aging(30, 30, 30)},
		"it expires before it should move":      {point: aging(30, 30, 20), rules: forever},
		"it expires in 30 days":                 {point: aging(370, 30, 400), want: true},
		"it expires sooner than in 30 days":     {point: aging(371, 30, 400)},
		"it has expired":                        {point: aging(401, 30, 400)},
		"it has expired and is kept for ever":   {point: aging(401, 30, 400), rules: forever, want: true},
		"its expiry cannot be read":             {point: aging(40, 30, 400), edit: func(p *retention.Point) { p.Expires = time.Time{} }, rules: forever},
		"it is there":                           {point: aging(40, 30, 400), edit: func(p *retention.Point) { p.Archived = true }},
		"a restore holds it":                    {point: aging(40, 30, 400), edit: func(p *retention.Point) { p.HeldBy = []string{"restore/1"} }},
		"it is damaged":                         {point: aging(40, 30, 400), edit: func(p *retention.Point) { p.Good = false }},
		"it is deleted":                         {point: aging(40, 30, 400), edit: func(p *retention.Point) { p.Deleted = &retention.Deletion{} }},
		"its removal has begun":                 {point: aging(40, 30, 400), edit: func(p *retention.Point) { p.Removing = true }},
		"it is locked, which is no hindrance":   {point: aging(40, 30, 400), edit: func(p *retention.Point) { p.LockedUntil = p.Expires }, want: true},
		"it is no point":                        {point: aging(40, 30, 400), edit: func(p *retention.Point) { p.Committed = false }},
		"soft delete is on, which has no say":   {point: aging(40, 30, 400), rules: retention.Rules{SoftDelete: true}, want: true},
		"it expired, and soft delete is on too": {point: aging(500, 30, 400), rules: retention.Rules{SoftDelete: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.edit != nil {
				c.edit(&c.point)
			}
			c.rules.Now, c.rules.Grace = now, grace
			decisions := c.rules.Plan([]retention.Point{c.point, good("new", 1, 30)})
			require.Equal(t, c.want, decisions[0].Archive)
			require.False(t, decisions[1].Archive)
			if c.want {
				require.Contains(t, decisions[0].Why, "its dump moves to the archive tier")
				require.False(t, decisions[0].Remove)
			}
			if c.point.ID != "" && c.point.Committed && c.point.Good && c.point.Deleted == nil {
				require.Equal(t, c.want, c.rules.Plan([]retention.Point{c.point})[0].Archive, "the last good point is treated like any other")
			}
		})
	}
}

func TestDropCopies(t *testing.T) {
	t.Parallel()
	with := func(until int, edit func(*retention.Point)) retention.Point {
		p := good("a", 40, 400)
		p.Archived, p.CopyUntil = true, now.Add(time.Duration(until)*day)
		if edit != nil {
			edit(&p)
		}
		return p
	}
	for name, c := range map[string]struct {
		point retention.Point
		want  bool
	}{
		"its time has ended":      {with(0, nil), true},
		"its time has not ended":  {with(1, nil), false},
		"there is none":           {good("a", 40, 400), false},
		"a restore reads it":      {with(-9, func(p *retention.Point) { p.HeldBy = []string{"restore/1"} }), false},
		"nothing names it":        {with(1, func(p *retention.Point) { p.StrayCopies = true }), true},
		"its point is deleted":    {with(-1, func(p *retention.Point) { p.Deleted = &retention.Deletion{} }), true},
		"the dump is damaged":     {with(-1, func(p *retention.Point) { p.Good = false }), true},
		"the point goes anyway":   {with(-1, func(p *retention.Point) { p.Expires = now }), false},
		"the dump is no longer":   {with(-1, func(p *retention.Point) { p.Archived = false }), true},
		"its removal has begun":   {with(-1, func(p *retention.Point) { p.Removing = true }), false},
		"what is left of a point": {with(-1, func(p *retention.Point) { p.Committed, p.JobRuns = false, true }), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, retention.Rules{Now: now, Grace: grace}.Plan([]retention.Point{c.point, good("b", 1, 30)})[0].DropCopies)
		})
	}
}

// TestTierInvariants checks with random points that tiers and copies do not
// change what is kept, and that no dump moves that is removed, being read, or
// archived already.
func TestTierInvariants(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	moved := 0
	for range 3000 {
		points := randomPoints(random)
		for i := range points {
			withState(random, &points[i])
			if p := &points[i]; random.IntN(2) == 0 {
				p.ArchiveAt = p.Time.Add(time.Duration(random.IntN(2000)) * day)
				p.Archived, p.StrayCopies = random.IntN(3) == 0, random.IntN(5) == 0
				p.CopyUntil = p.ArchiveAt.Add(time.Duration(random.IntN(2000)) * day)
			}
		}
		rules := retention.Rules{
			Now: now.Add(time.Duration(random.IntN(8000)-4000) * day), Grace: grace,
			SoftDelete: random.IntN(2) == 0, RetainForever: random.IntN(5) == 0,
		}
		for i, d := range rules.Plan(points) {
			plain := points[i]
			if d.Archive {
				moved++
				require.False(t, d.Remove || plain.Archived || plain.ArchiveAt.After(rules.Now))
				require.True(t, plain.Committed && plain.Good && plain.Deleted == nil && len(plain.HeldBy) == 0)
				require.True(t, rules.RetainForever || plain.Expires.Sub(rules.Now) >= 30*day)
			}
			if d.DropCopies {
				require.False(t, d.Remove || len(plain.HeldBy) > 0)
				require.True(t, plain.StrayCopies || !plain.CopyUntil.After(rules.Now))
			}
		}
		bare := make([]retention.Point, len(points))
		for i, p := range points {
			p.ArchiveAt, p.Archived, p.CopyUntil, p.StrayCopies = time.Time{}, false, time.Time{}, false
			bare[i] = p
		}
		for i, d := range rules.Plan(bare) {
			with := rules.Plan(points)[i]
			require.Equal(t, []any{d.Remove, d.Soft, d.Reason}, []any{with.Remove, with.Soft, with.Reason})
		}
	}
	require.Positive(t, moved)
}
