package tenyears_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/manifest"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/schedule"
	"github.com/pgvault/pgvault/internal/vault"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// world is a vault with one instance, and what happens to it.
type world struct {
	t      *testing.T
	name   string
	random *rand.Rand
	now    time.Time

	policy config.Policy
	// soft is for how long what is deleted can be brought back; 0 turns it off.
	soft time.Duration
	// locks tells that the storage locks each point until it expires.
	locks      bool
	protection vault.ProtectionState
	// outage is until when nothing runs.
	outage time.Time
	// reapplyAt is when a changed policy is to hold for the points there are.
	reapplyAt time.Time

	pending []job
	// points are those in the vault, the oldest first.
	points []*record
	made   int
	seen   counts
}

// counts tell that a world was no quiet one.
type counts struct {
	commits, failures, late, damaged, deleted, undeleted, archived, swept, purged, refusedSweeps, reapplied, changes, policies int
}

// job is a backup that will commit.
type job struct {
	scheduled, commits time.Time
	trigger, rule      string
}

// record is a point as the code sees it, and as the words have it.
type record struct {
	vault.Point
	wantRule         string
	archived, expire time.Time
	// policies counts the policies there had been when it was decided.
	policies int
	heldTill time.Time
	// inArchive tells that the dump has been moved.
	inArchive bool
}

func newWorld(t *testing.T, seed, number uint64) *world {
	random := rand.New(rand.NewPCG(seed, number))
	w := &world{
		t: t, name: fmt.Sprintf("-seed %d, world %d", seed, number), random: random,
		now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), policy: smallPolicy(random), protection: vault.Protected,
		locks: random.IntN(3) == 0,
	}
	if random.IntN(4) > 0 {
		w.soft = time.Duration(14+random.IntN(60)) * day
	}
	return w
}

// liveDay lives through one day: what people do, what commits, then a sweep.
func (w *world) liveDay() {
	w.people()
	w.schedule()
	tonight := w.now.Add(day)
	slices.SortStableFunc(w.pending, func(a, b job) int { return a.commits.Compare(b.commits) })
	for len(w.pending) > 0 && w.pending[0].commits.Before(tonight) {
		w.commit(w.pending[0])
		w.pending = w.pending[1:]
	}
	w.now = tonight
	if w.chance(30) {
		w.damage()
	}
	if w.now.After(w.outage) {
		w.archive()
		w.sweep()
	}
	w.requireInvariants()
}

// chance is true one time in so many.
func (w *world) chance(in int) bool { return w.random.IntN(in) == 0 }

// schedule starts the day's backups: some fail, some are taken up days later.
func (w *world) schedule() {
	var starts []time.Time
	for _, s := range w.policy.Schedules {
		some, err := schedule.Starts(s, w.now, w.now.Add(day))
		require.NoError(w.t, err)
		starts = append(starts, some...)
	}
	for _, at := range starts {
		if at.Before(w.outage) || w.protection != vault.Protected {
			continue
		}
		one := job{scheduled: at, commits: at.Add(time.Duration(w.random.IntN(300)) * time.Minute), trigger: manifest.TriggerSchedule}
		if w.chance(12) {
			w.seen.failures++
			if !w.chance(4) {
				continue
			}
			w.seen.late++
			one.commits = at.Add(time.Duration(w.random.IntN(200)) * time.Hour)
		}
		w.pending = append(w.pending, one)
	}
	if w.chance(25) && w.protection == vault.Protected {
		at := w.now.Add(time.Duration(w.random.IntN(24*60)) * time.Minute)
		w.pending = append(w.pending, job{at, at.Add(time.Hour), manifest.TriggerOnDemand, pick(w.random, append(w.policy.RuleNames(), "")...)})
	}
}

// commit decides as the step that commits does, and holds it against the words.
func (w *world) commit(j job) {
	var counting []time.Time
	for _, p := range w.points {
		if p.Usable() && p.Trigger == manifest.TriggerSchedule {
			counting = append(counting, p.Time)
		}
	}
	var got policy.Decision
	var err error
	rule, ok := w.policy.Rule(j.rule)
	switch {
	case j.trigger == manifest.TriggerSchedule:
		got, err = policy.Decide(w.policy, j.scheduled, counting)
		rule = ruleInWords(w.policy, j.scheduled, counting)
	case ok:
		got, err = policy.Named(w.policy, j.rule, j.scheduled)
	default: // the policy was changed meanwhile, or nobody named a rule
		got, err = policy.Named(w.policy, config.DefaultRule, j.scheduled)
		rule, _ = w.policy.Rule(config.DefaultRule)
	}
	require.NoError(w.t, err, w.name)
	require.Equal(w.t, rule.Name, got.Rule, "%s: %s beside %s", w.name, j.scheduled, counting)
	requireEndsInWords(w.t, w.policy, rule, j.scheduled, got, w.name)

	w.made++
	w.seen.commits++
	archived, expires := endsInWords(w.policy.TimeZone, rule, j.scheduled)
	r := &record{wantRule: rule.Name, archived: archived, expire: expires, policies: w.seen.policies}
	r.Point = vault.Point{
		ID: vault.PointID(j.scheduled, fmt.Sprintf("%08x", w.made)), Time: j.scheduled, Committed: true, Good: true,
		Summary: vault.Summary{Policy: w.policy.Name, Rule: got.Rule, ArchiveAt: got.ArchiveAt, Expires: got.Expires, Trigger: j.trigger},
	}
	if w.locks {
		r.LockedUntil = got.Expires
	}
	w.points = append(w.points, r)
	slices.SortFunc(w.points, func(a, b *record) int { return a.Time.Compare(b.Time)*2 + compareIDs(a, b) })
}

func compareIDs(a, b *record) int {
	if a.ID < b.ID {
		return -1
	}
	return 1
}
