package tenyears_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// world is a vault with one instance and its history.
type world struct {
	t      *testing.T
	name   string
	random *rand.Rand
	now    time.Time

	policy policy.Policy
	// settings has a soft-delete term equal to soft; 0 disables soft delete.
	settings instance.VaultSettings
	soft     time.Duration
	// locks reports whether the storage locks each point until it expires.
	locks      bool
	protection vault.ProtectionState
	// outage is the end of the current outage.
	outage time.Time
	// noArchive is the time until which the storage refuses the archive tier.
	noArchive time.Time
	// noDrills is the end of the current time without drills.
	noDrills time.Time
	// reapplyAt is when a changed policy is to be reapplied.
	reapplyAt time.Time

	pending []job
	// points are the points in the vault, oldest first.
	points []*record
	made   int
	seen   counts
}

// counts prove that a world had events of each kind.
type counts struct {
	commits, failures, late, damaged, deleted, undeleted, archived, swept, purged, refusedSweeps, reapplied, changes, policies, moved, drills, keptProven int
}

// job is a backup that will commit, under the policy with which it started.
type job struct {
	scheduled, commits time.Time
	trigger, rule      string
	policy             policy.Policy
	policies           int
}

// record is a point as the code and as the words see it.
type record struct {
	vault.Point
	wantRule         string
	archived, expire time.Time
	// policies is the number of policies so far when it was decided.
	policies int
	heldTill time.Time
	// inArchive reports whether the dump was archived, and gone whether the
	// point was removed.
	inArchive, gone bool
	// died is the time of the sweep that ended in the middle of its removal.
	died time.Time
	// fate is what the words expect of the current sweep.
	fate fate
	// proven reports whether nothing spoke against the point in its last drill.
	proven bool
}

func newWorld(t *testing.T, seed, number uint64) *world {
	random := rand.New(rand.NewPCG(seed, number))
	w := &world{
		t: t, name: fmt.Sprintf("-seed %d, world %d", seed, number), random: random,
		now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), policy: smallPolicy(random), protection: vault.Protected,
		locks: number%3 == 0, // the fourth has locks and no soft delete
	}
	keepProven := number%4 > 0
	w.settings = instance.VaultSettings{SoftDelete: instance.SoftDelete{Off: true}, KeepLastProven: &keepProven}
	if number%4 < 3 {
		w.settings.SoftDelete = instance.SoftDelete{Days: 14 + random.IntN(60)}
		w.soft = time.Duration(w.settings.SoftDelete.Days) * day
	}
	return w
}

// liveDay simulates one day: what people do, what commits, then a sweep.
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
		w.sweep()
	}
	w.requireInvariants()
}

// chance returns true with a probability of one in in.
func (w *world) chance(in int) bool { return w.random.IntN(in) == 0 }

// schedule starts the day's backups: some fail, some continue days later.
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
		one := w.job(at, at.Add(time.Duration(w.random.IntN(300))*time.Minute), manifest.TriggerSchedule, "")
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
		w.pending = append(w.pending, w.job(at, at.Add(time.Hour), manifest.TriggerOnDemand, pick(w.random, append(w.policy.RuleNames(), "")...)))
	}
}

func (w *world) job(scheduled, commits time.Time, trigger, rule string) job {
	return job{scheduled: scheduled, commits: commits, trigger: trigger, rule: rule, policy: w.policy, policies: w.seen.policies}
}

// commit decides as the commit step does, and checks the decision against the
// words.
func (w *world) commit(j job) {
	id := vault.PointID(j.scheduled, fmt.Sprintf("%08x", w.made+1))
	got := w.decide(j, id)
	rule := w.commitInWords(j)
	if rule.Name != got.Rule { // otherwise every commit formats the policy
		require.Equal(w.t, rule.Name, got.Rule, "%s: %s under %+v", w.name, j.scheduled, j.policy)
	}
	requireEndsInWords(w.t, j.policy, rule, j.scheduled, got, w.name)

	w.made++
	w.seen.commits++
	archived, expires := endsInWords(j.policy.TimeZone, rule, j.scheduled)
	r := &record{wantRule: rule.Name, archived: archived, expire: expires, policies: j.policies}
	r.Point = vault.Point{
		ID: id, Time: j.scheduled, Committed: true, Good: true,
		Summary: vault.Summary{Policy: j.policy.Name, Rule: got.Rule, ArchiveAt: got.ArchiveAt, Expires: got.Expires, Trigger: j.trigger},
	}
	if w.locks {
		r.LockedUntil = got.Expires
	}
	i, _ := slices.BinarySearchFunc(w.points, r, func(a, b *record) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	w.points = slices.Insert(w.points, i, r)
	if w.chance(20) { // the answer is lost, and the step is repeated
		require.Equal(w.t, got, w.decide(j, id), "%s: %s", w.name, id)
	}
}

// decide is what the commit step does.
func (w *world) decide(j job, id string) policy.Decision {
	taken := policy.Backup{Time: j.scheduled, Scheduled: j.trigger == manifest.TriggerSchedule, Rule: j.rule}
	got, err := policy.AtCommit(j.policy, taken, func() ([]time.Time, error) { return vault.Counting(w.listing(), id), nil })
	require.NoError(w.t, err, w.name)
	return got
}

// commitInWords returns the rule of a point that is being committed: the
// requested one; for a point on demand without one, the default rule; and for a
// scheduled one, the rule found among the scheduled points that can be
// restored.
func (w *world) commitInWords(j job) policy.Rule {
	name := j.rule
	if j.trigger == manifest.TriggerSchedule {
		var counting []time.Time
		for _, p := range w.points {
			if p.Trigger == manifest.TriggerSchedule && p.Good && p.Deleted == nil {
				counting = append(counting, p.Time)
			}
		}
		return ruleInWords(j.policy, j.scheduled, counting)
	}
	if name == "" {
		name = policy.DefaultRule
	}
	rule, _ := j.policy.Rule(name)
	return rule
}

// listing returns the points as the code lists them.
func (w *world) listing() []vault.Point {
	points := make([]vault.Point, len(w.points))
	for i, r := range w.points {
		points[i] = r.Point
	}
	return points
}
