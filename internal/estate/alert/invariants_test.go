package alert_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate/alert"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
)

// inbox is what one receiver knows.
type inbox struct {
	// standing maps what was raised, and not resolved, to the time of the last
	// reminder.
	standing map[string]time.Time
	ids      map[string]bool
	raised   int
	resolved int
}

// take records a message and requires that it fits to those before it.
func (b *inbox) take(t *testing.T, d alert.Delivery, now time.Time) {
	t.Helper()
	a := d.Input.Alert
	require.False(t, b.ids[d.ID], "%s was sent before", d.ID)
	b.ids[d.ID] = true
	key := string(a.Kind) + " " + a.Instance
	last, standing := b.standing[key]
	switch a.State {
	case jobs.AlertRaised:
		require.False(t, standing, "%s is raised twice", key)
		b.raised++
	case jobs.AlertDigest:
		if !standing {
			b.raised++
		}
	case jobs.AlertReminder:
		require.True(t, standing, "%s: a reminder of nothing", key)
		require.GreaterOrEqual(t, now.Sub(last), 24*time.Hour, key)
		last = now
	case jobs.AlertResolved:
		require.True(t, standing, "%s: a resolution of nothing", key)
		delete(b.standing, key)
		b.resolved++
		return
	}
	b.standing[key] = last
}

// world changes at random from run to run.
type world struct {
	random *rand.Rand
	open   map[string]bool
}

func (w *world) change() {
	kind := []string{"stale", "failed", "damaged", "not-scheduled"}[w.random.IntN(4)]
	changes, wrong := w.random.IntN(4), w.random.IntN(2) == 0
	if w.random.IntN(12) == 0 {
		changes = 40
	}
	for range changes {
		w.open[fmt.Sprintf("%s shop/%03d", kind, w.random.IntN(40))] = wrong
	}
	w.open["sweep-stopped"] = w.random.IntN(5) == 0
}

func (w *world) problems() (all []string) {
	for problem, open := range w.open {
		if open {
			all = append(all, problem)
		}
	}
	return all
}

// run returns a run of the watch in the present state of the world.
func (w *world) run(watch *watch) alert.Run {
	if w.random.IntN(10) == 0 {
		return alert.BlindRun(watch.nextID(), failure.New(failure.Internal, "", "it is away"))
	}
	e := watch.estateOf(w.problems()...)
	if w.random.IntN(10) == 0 {
		e.Vault.Unseen = []string{"it is away"}
	}
	return alert.RunOf(watch.nextID(), e, watch.receivers)
}

// TestAlertsOfRandomRuns shows that every receiver can follow what it is told: what
// is raised is new, reminders are a day apart, and what is gone is resolved once.
func TestAlertsOfRandomRuns(t *testing.T) {
	t.Parallel()
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWatch(t, receiver("all"), receiver("some", "shop/00*"))
			world := world{random: rand.New(rand.NewPCG(seed, 1)), open: map[string]bool{}}
			boxes := map[string]*inbox{}
			for _, r := range w.receivers {
				boxes[r.Name] = &inbox{standing: map[string]time.Time{}, ids: map[string]bool{}}
			}
			feed := func(run alert.Run) {
				now := w.now
				for _, d := range w.feed(run) {
					boxes[d.Input.Notification].take(t, d, now)
				}
			}
			for range 200 {
				if world.random.IntN(3) == 0 {
					world.change()
				}
				if world.random.IntN(20) == 0 {
					w.now = w.now.Add(time.Duration(world.random.IntN(40)) * time.Hour)
				}
				feed(world.run(w))
			}
			for range 3 {
				feed(alert.RunOf(w.nextID(), w.estateOf(), w.receivers))
			}
			require.Empty(t, w.state.Kinds)
			for name, b := range boxes {
				require.Empty(t, b.standing, name)
				require.Positive(t, b.raised, name)
				require.Equal(t, b.raised, b.resolved, name)
			}
		})
	}
}

// TestMessagesOfARunAreBounded: for each receiver and kind, a run raises ten alerts
// or one digest.
func TestMessagesOfARunAreBounded(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		w := newWatch(t)
		world := world{random: rand.New(rand.NewPCG(seed, 2)), open: map[string]bool{}}
		for range 100 {
			world.change()
			raised := map[string]int{}
			for _, d := range w.feed(world.run(w)) {
				if isRaise(d.Input.Alert) {
					raised[string(d.Input.Alert.Kind)]++
				}
			}
			for kind, n := range raised {
				require.LessOrEqual(t, n, 10, kind)
			}
		}
	}
}
