package scrub_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/scrub"
)

var now = time.Date(2027, 3, 1, 6, 0, 0, 0, time.UTC)

var yearly = scrub.Rules{Now: now, Every: policy.Duration{Years: 1}}

// daysAgo returns a point that was committed so long ago.
func daysAgo(id string, days int, bytes int64) scrub.Point {
	return scrub.Point{Instance: "shop/orders", ID: id, Stored: now.AddDate(0, 0, -days), Bytes: bytes}
}

func (p planned) ids() (ids []string) {
	for _, point := range p.Points {
		ids = append(ids, point.ID)
	}
	return ids
}

type planned struct{ scrub.Plan }

func plan(room scrub.Room, points ...scrub.Point) planned {
	planner := scrub.NewPlanner(yearly, room)
	for _, p := range points {
		planner.Add(p)
	}
	return planned{planner.Plan()}
}

var ample = scrub.Room{Bytes: math.MaxInt64, Points: 1000}

func TestAPointIsDueAYearAfterItsLastReading(t *testing.T) {
	t.Parallel()
	read := func(stored, read int) scrub.Point {
		p := daysAgo("p", stored, 1)
		p.Read = now.AddDate(0, 0, -read)
		return p
	}
	for name, c := range map[string]struct {
		point scrub.Point
		due   bool
	}{
		"committed a year ago":                 {daysAgo("p", 365, 1), true},
		"committed a day later":                {daysAgo("p", 364, 1), false},
		"read since":                           {read(800, 100), false},
		"read a year ago":                      {read(800, 365), true},
		"copied from elsewhere, and not read":  {scrub.Point{ID: "p"}, true},
		"copied from elsewhere, and read":      {scrub.Point{ID: "p", Read: now.AddDate(0, -1, 0)}, false},
		"said to be read in the future":        {read(400, -100), true},
		"read by a clock that is a bit faster": {scrub.Point{ID: "p", Read: now.Add(time.Minute)}, false},
	} {
		require.Equal(t, c.due, yearly.Due(c.point), name)
	}
}

func TestTheOldestReadingIsFirst(t *testing.T) {
	t.Parallel()
	late := daysAgo("read 500 days ago", 900, 1)
	late.Read = now.AddDate(0, 0, -500)
	points := []scrub.Point{daysAgo("400", 400, 1), late, daysAgo("100", 100, 1), daysAgo("600", 600, 1), {ID: "never", Bytes: 1}}
	require.Equal(t, []string{"never", "600", "read 500 days ago", "400"}, plan(ample, points...).ids())
	require.Equal(t, []string{"never", "600"}, plan(scrub.Room{Bytes: math.MaxInt64, Points: 2}, points...).ids())
}

func TestARunReadsItsBytes(t *testing.T) {
	t.Parallel()
	points := []scrub.Point{daysAgo("4", 400, 10), daysAgo("7", 700, 40), daysAgo("5", 500, 30), daysAgo("6", 600, 30)}
	for name, c := range map[string]struct {
		bytes, read int64
		want        []string
	}{
		"all":                               {110, 0, []string{"7", "6", "5", "4"}},
		"some":                              {109, 0, []string{"7", "6", "5"}},
		"a small one does not overtake":     {90, 0, []string{"7", "6"}},
		"what was read before counts":       {110, 40, []string{"7", "6"}},
		"one though it is too large":        {5, 0, []string{"7"}},
		"no other one once that was read":   {5, 40, nil},
		"nothing is left":                   {100, 100, nil},
		"nothing is left for the next one":  {100, 70, nil},
		"the oldest fits into what is left": {100, 60, []string{"7"}},
	} {
		require.Equal(t, c.want, plan(scrub.Room{Bytes: c.bytes, Read: c.read, Points: 100}, points...).ids(), name)
	}
}

// The order in which points are added does not matter.
func TestAPlanIsTheOldestOfAllPoints(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var points []scrub.Point
		for n := range 1 + random.IntN(30) {
			points = append(points, daysAgo(strconv.Itoa(n), 300+random.IntN(200), random.Int64N(100)))
		}
		room := scrub.Room{Bytes: random.Int64N(1500), Points: 1 + random.IntN(20)}
		want := plan(ample, points...).ids()
		var bytes int64
		for n, id := range want {
			at, err := strconv.Atoi(id)
			require.NoError(t, err)
			if bytes += points[at].Bytes; n > 0 && (bytes > room.Bytes || n == room.Points) {
				want = want[:n]
				break
			}
		}
		random.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
		require.Equal(t, want, plan(room, points...).ids())
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	found := plan(scrub.Room{}, daysAgo("a", 400, 30), daysAgo("b", 100, 60), scrub.Point{ID: "never", Bytes: 10}).Coverage
	require.Equal(t, scrub.Coverage{Points: 3, Bytes: 100, ReadPoints: 1, ReadBytes: 60, Never: 1, Oldest: now.AddDate(0, 0, -400)}, found)
	require.InDelta(t, 1.0/3, found.ShareOfPoints(), 1e-9)
	require.InDelta(t, 0.6, found.ShareOfBytes(), 1e-9)
	require.InDelta(t, 1, scrub.Coverage{}.ShareOfPoints(), 0, "nothing is due")
}
