package reapply_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/reapply"
)

var begun = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)

func point(id, rule string, keep int) vault.Point {
	return vault.Point{ID: id, Time: begun, Committed: true, Good: true, Summary: vault.Summary{
		Policy: "nightly", Rule: rule, Expires: begun.AddDate(0, 0, keep),
	}}
}

func rule(name string, keep policy.Lifecycle) policy.Rule {
	r, _ := policy.BuiltIn(name, keep)
	return r
}

var nightly = policy.Policy{Name: "nightly", Rules: []policy.Rule{
	rule("Monthly", policy.Lifecycle{Standard: policy.Duration{Years: 1}}),
	rule("Default", policy.Lifecycle{Standard: policy.Duration{Days: 30}}),
}}

func plan(t *testing.T, p policy.Policy, points ...vault.Point) map[string]reapply.Change {
	t.Helper()
	assign, err := reapply.ByRule(p)
	require.NoError(t, err)
	changes := map[string]reapply.Change{}
	for _, c := range reapply.Plan(points, p.Name, assign(points)) {
		changes[c.Point] = c
	}
	return changes
}

func TestPlanGivesWhatChanges(t *testing.T) {
	t.Parallel()
	orphan, deleted, unreadable := point("orphan", "Default", 7), point("deleted", "Default", 7), point("unreadable", "Default", 7)
	orphan.Committed, deleted.Deleted, unreadable.Expires = false, &vault.Tombstone{}, time.Time{}
	renamed := point("renamed", "Default", 30)
	renamed.Policy = "before"
	changes := plan(t, nightly, point("same", "Default", 30), point("short", "Default", 7), point("long", "Default", 90),
		point("gone", "Weekly", 60), point("monthly", "Monthly", 30), orphan, deleted, unreadable, renamed)
	require.Len(t, changes, 5)
	require.True(t, changes["short"].Longer())
	require.Equal(t, begun.AddDate(0, 0, 30), changes["short"].To.Expires)
	require.False(t, changes["long"].Longer())
	require.Equal(t, "Default", changes["gone"].To.Rule)
	require.Equal(t, begun.AddDate(1, 0, 0), changes["monthly"].To.Expires)
	require.Equal(t, "before", changes["renamed"].From.Policy)
}

func TestWhatIsLockedOrAskedForIsNeverShortened(t *testing.T) {
	t.Parallel()
	locked, asked := point("locked", "Default", 90), point("asked", "Default", 90)
	locked.LockedUntil = begun.AddDate(0, 0, 90)
	asked.Extended = &vault.Retention{AtLeast: begun.AddDate(0, 0, 60)}
	lockedShort := point("lockedShort", "Default", 10)
	lockedShort.LockedUntil = begun.AddDate(0, 0, 10)
	changes := plan(t, nightly, locked, asked, lockedShort)
	require.NotContains(t, changes, "locked")
	require.Equal(t, begun.AddDate(0, 0, 60), changes["asked"].To.Expires)
	require.Equal(t, asked.Extended.AtLeast, changes["asked"].To.AtLeast, "later policies are told too")
	require.Contains(t, changes["asked"].Note, "asked")
	require.Equal(t, begun.AddDate(0, 0, 30), changes["lockedShort"].To.Expires, "but longer it may be")
}

// scheduled makes a point that a schedule has made so many days after the first.
func scheduled(id string, days int) vault.Point {
	p := point(id, "Default", 30)
	p.Time, p.Trigger = begun.AddDate(0, 0, days), "schedule"
	p.Expires = p.Time.AddDate(0, 0, 30)
	return p
}

// Each point gets what it would have got if the policy had been in force when
// it was committed.
func TestRulesAreDecidedAnew(t *testing.T) {
	t.Parallel()
	monthly := policy.Lifecycle{Standard: policy.Duration{Months: 6}, Archive: policy.Duration{Years: 2}}
	p := policy.Policy{Name: "books", TimeZone: "UTC", WeekStart: policy.Weekday(time.Monday), Rules: []policy.Rule{
		rule("Monthly", monthly), rule("Weekly", policy.Lifecycle{Standard: policy.Duration{Days: 84}}),
		rule("Default", policy.Lifecycle{Standard: policy.Duration{Days: 14}}),
	}}
	damaged, deleted := scheduled("damaged", 7), scheduled("deleted", 7)
	damaged.Good, deleted.Deleted = false, &vault.Tombstone{}
	onDemand, gone := scheduled("onDemand", 7), scheduled("gone", 7)
	onDemand.Trigger, onDemand.Rule = "on-demand", "Monthly"
	gone.Trigger, gone.Rule = "on-demand", "Yearly"
	changes := plan(t, p,
		scheduled("tuesday", 0), scheduled("wednesday", 1), scheduled("monday", 6), // 24, 25 and 30 November
		damaged, deleted, onDemand, gone, // 1 December
		scheduled("second", 8), scheduled("third", 9))
	rules := map[string]string{}
	for id, c := range changes {
		rules[id] = c.To.Rule
	}
	require.Equal(t, map[string]string{
		"tuesday": "Monthly", "wednesday": "Default", "monday": "Weekly",
		"onDemand": "Monthly", "gone": "Default", "second": "Monthly", "third": "Default",
	}, rules)
	require.Equal(t, begun.AddDate(0, 0, 8).AddDate(0, 6, 0), changes["second"].To.ArchiveAt)
	require.Equal(t, begun.AddDate(0, 0, 8).AddDate(2, 6, 0), changes["second"].To.Expires)
	require.True(t, changes["third"].To.ArchiveAt.IsZero())
	require.False(t, changes["third"].Longer())
}

// A copied point may be damaged: it gets the rule of its period, and so does the
// first good one.
func TestACopiedPointTakesNoGoodOnesPlace(t *testing.T) {
	t.Parallel()
	monthly := policy.Lifecycle{Standard: policy.Duration{Years: 2}}
	p := policy.Policy{Name: "books", TimeZone: "UTC", Rules: []policy.Rule{rule("Monthly", monthly), rule("Default", policy.Lifecycle{Standard: policy.Duration{Days: 14}})}}
	first, second := scheduled("first", 8), scheduled("second", 9)
	for _, c := range []*vault.Point{&first, &second} {
		c.Good, c.Copied = false, true
	}
	changes := plan(t, p, first, second, scheduled("good", 10), scheduled("next", 11))
	rules := map[string]string{}
	for id, c := range changes {
		rules[id] = c.To.Rule
	}
	require.Equal(t, map[string]string{"first": "Monthly", "second": "Default", "good": "Monthly", "next": "Default"}, rules)
}

// Nothing brings a dump back from the archive tier but a restore.
func TestWhatIsArchivedStaysSo(t *testing.T) {
	t.Parallel()
	archived := scheduled("archived", 0)
	archived.ArchiveAt, archived.Tier = begun.AddDate(0, 1, 0), blobstore.Archive
	c := plan(t, nightly, archived)["archived"]
	require.Equal(t, "Monthly", c.To.Rule)
	require.Equal(t, archived.ArchiveAt, c.To.ArchiveAt, "though its rule knows no archive tier")
	require.Equal(t, begun.AddDate(1, 0, 0), c.To.Expires)
	require.Contains(t, c.Note, "archive tier")
}

func TestAPolicyWithAZoneThatIsNone(t *testing.T) {
	t.Parallel()
	_, err := reapply.ByRule(policy.Policy{TimeZone: "Nowhere"})
	require.ErrorContains(t, err, "Nowhere")
}

// Whatever a policy says, and once made, a plan has nothing more to change.
func TestPlanInvariants(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	for range 5000 {
		p := point("p", []string{"Default", "Monthly", "Gone"}[random.IntN(3)], 7+random.IntN(500))
		if random.IntN(2) == 0 {
			p.LockedUntil = begun.AddDate(0, 0, random.IntN(500))
		}
		if random.IntN(2) == 0 {
			p.Extended = &vault.Retention{AtLeast: begun.AddDate(0, 0, random.IntN(500))}
		}
		assigned := map[string]reapply.Assigned{"p": {Rule: "Default", Expires: begun.AddDate(0, 0, random.IntN(500))}}
		changes := reapply.Plan([]vault.Point{p}, "nightly", assigned)
		for _, c := range changes {
			require.False(t, c.To.Expires.Before(p.LockedUntil))
			require.False(t, p.Extended != nil && c.To.Expires.Before(p.Extended.AtLeast))
			done := p
			done.Policy, done.Rule, done.Expires, done.Extended = c.To.Policy, c.To.Rule, c.To.Expires, &c.To
			assigned := map[string]reapply.Assigned{"p": {Rule: c.To.Rule, Expires: c.To.Expires}}
			require.Empty(t, reapply.Plan([]vault.Point{done}, "nightly", assigned))
		}
	}
}
