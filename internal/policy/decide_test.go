package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/policy"
)

// parse returns the policy in the text, which is a part of pgvault.yaml.
func parse(t *testing.T, text string) policy.Policy {
	t.Helper()
	file, err := config.Parse([]byte("vault: {container: https://a.blob.core.windows.net/vault}\ninstances: {}\npolicies:\n  p:\n" +
		"    schedule: {times: ['02:00'], timeZone: Europe/Berlin}\n    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"))
	require.NoError(t, err)
	return file.Policies["p"]
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return parsed
}

// rules returns the rules of points that are committed in this order.
func rules(t *testing.T, p policy.Policy, points ...string) string {
	t.Helper()
	var earlier []time.Time
	var names []string
	for _, text := range points {
		d, err := policy.Decide(p, at(t, text), earlier)
		require.NoError(t, err)
		earlier = append(earlier, at(t, text))
		names = append(names, d.Rule)
	}
	return strings.Join(names, " ")
}

const all = "retention: {Default: 7d, Daily: 30d, Weekly: 12w, Monthly: {standard: 6m, archive: 24m}, Yearly: {standard: 1y, archive: 9y}}"

func TestTheFirstOfEachPeriod(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy string
		points []string
		want   string
	}{
		"a point falls under the longest period that it is the first of": {
			all,
			[]string{
				"2026-12-28T01:00:00Z", "2026-12-29T01:00:00Z", "2026-12-29T13:00:00Z", "2027-01-01T01:00:00Z",
				"2027-01-04T01:00:00Z", "2027-01-05T01:00:00Z", "2027-02-01T01:00:00Z", "2027-02-02T01:00:00Z",
			},
			"Yearly Daily Default Yearly Weekly Daily Monthly Daily",
		},
		"weeks begin on Monday": {
			"retention: {Default: 7d, Weekly: 12w}",
			[]string{"2026-11-21T01:00:00Z", "2026-11-22T01:00:00Z", "2026-11-23T01:00:00Z"}, "Weekly Default Weekly",
		},
		"or on another day": {
			"weekStart: Sun\nretention: {Default: 7d, Weekly: 12w}",
			[]string{"2026-11-21T01:00:00Z", "2026-11-22T01:00:00Z", "2026-11-23T01:00:00Z"}, "Weekly Weekly Default",
		},
		"a week goes over the turn of the year": {
			"retention: {Default: 7d, Weekly: 12w}",
			[]string{"2026-12-31T01:00:00Z", "2027-01-01T01:00:00Z", "2027-01-03T22:00:00Z", "2027-01-03T23:00:00Z"}, "Weekly Default Default Weekly",
		},
		"days are those of the schedule's zone": {
			"retention: {Default: 7d, Monthly: 6m}",
			[]string{"2027-01-15T00:00:00Z", "2027-01-31T22:59:00Z", "2027-01-31T23:00:00Z"}, "Monthly Default Monthly",
		},
		"or of the policy's own": {
			"timeZone: America/New_York\nretention: {Default: 7d, Monthly: 6m}",
			[]string{"2027-01-15T00:00:00Z", "2027-02-01T04:59:00Z", "2027-02-01T05:00:00Z"}, "Monthly Default Monthly",
		},
		"an hour that a clock change repeats is in one day": {
			"retention: {Default: 7d, Daily: 30d}",
			[]string{"2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T22:59:00Z", "2026-10-25T23:00:00Z"},
			"Daily Default Default Default Daily",
		},
		"when the first of a month fails, the next takes its place": {
			"retention: {Default: 7d, Monthly: 6m}",
			[]string{"2026-11-24T01:00:00Z", "2026-12-03T01:00:00Z", "2026-12-04T01:00:00Z"}, "Monthly Monthly Default",
		},
		"one that is committed late is not the first, though it is the earliest": {
			"retention: {Default: 7d, Monthly: 6m}",
			[]string{"2026-12-02T01:00:00Z", "2026-12-01T01:00:00Z", "2027-01-01T01:00:00Z"}, "Monthly Default Monthly",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, rules(t, parse(t, c.policy), c.points...))
		})
	}
}

func TestRulesOfAPolicysOwn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule   string
		points []string
		want   string
	}{
		"days of the week": {"daysOfWeek: [Sat, Sun]", []string{"2026-11-20T01:00:00Z", "2026-11-21T01:00:00Z", "2026-11-22T01:00:00Z"}, "Default Own Own"},
		"months":           {"months: [Feb]", []string{"2027-01-31T22:30:00Z", "2027-01-31T23:30:00Z", "2027-03-01T01:00:00Z"}, "Default Own Default"},
		"days of the month, and its last": {
			"daysOfMonth: [1, last]",
			[]string{"2027-02-27T01:00:00Z", "2027-02-28T01:00:00Z", "2027-03-01T01:00:00Z", "2027-03-28T01:00:00Z", "2028-02-28T01:00:00Z", "2028-02-29T01:00:00Z"},
			"Default Own Own Default Default Own",
		},
		"the last Friday": {
			"daysOfWeek: [Fri], weeksOfMonth: [last]",
			[]string{"2027-01-22T01:00:00Z", "2027-01-29T01:00:00Z", "2027-01-30T01:00:00Z", "2027-02-26T01:00:00Z"}, "Default Own Default Own",
		},
		"the first and third Monday": {
			"daysOfWeek: [Mon], weeksOfMonth: [first, third]",
			[]string{"2027-02-01T01:00:00Z", "2027-02-08T01:00:00Z", "2027-02-15T01:00:00Z", "2027-02-22T01:00:00Z"}, "Own Default Own Default",
		},
		"the first point of the month that is on a Sunday": {
			"daysOfWeek: [Sun], firstOf: month",
			[]string{"2027-02-01T01:00:00Z", "2027-02-14T01:00:00Z", "2027-02-14T13:00:00Z", "2027-02-21T01:00:00Z", "2027-03-07T01:00:00Z"},
			"Default Own Default Default Own",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := parse(t, "retention: {Default: 30d, Own: {priority: 30, standard: 1y, "+c.rule+"}}")
			require.Equal(t, c.want, rules(t, p, c.points...))
		})
	}
	p := parse(t, "retention: {Default: 30d, Monthly: 1y, Before: {priority: 14, daysOfMonth: [1], standard: 2y}, After: {priority: 16, daysOfMonth: [1], standard: 2y}}")
	require.Equal(t, "Before Default", rules(t, p, "2027-02-01T01:00:00Z", "2027-02-02T01:00:00Z"), "the lowest priority wins, and the first is the first whoever wins it")
}

func TestTiersAndExpiry(t *testing.T) {
	t.Parallel()
	p := parse(t, all)
	d, err := policy.Decide(p, at(t, "2027-08-31T00:00:00Z"), nil)
	require.NoError(t, err)
	require.Equal(t, policy.Decision{
		Rule: "Yearly", Keep: "1y, then 9y in archive",
		ArchiveAt: at(t, "2028-08-31T00:00:00Z"), Expires: at(t, "2037-08-31T00:00:00Z"),
	}, d)
	d, err = policy.Named(p, "Monthly", at(t, "2027-08-31T00:00:00Z"))
	require.NoError(t, err)
	require.Equal(t, policy.Decision{
		Rule: "Monthly", Keep: "6m, then 24m in archive",
		ArchiveAt: at(t, "2028-02-29T01:00:00Z"), Expires: at(t, "2030-02-28T01:00:00Z"),
	}, d, "02:00 by the clock of Berlin, summer or winter")
	d, err = policy.Named(p, "Default", at(t, "2027-08-31T00:00:00Z"))
	require.NoError(t, err)
	require.Equal(t, policy.Decision{Rule: "Default", Keep: "7d", Expires: at(t, "2027-09-07T00:00:00Z")}, d)
	_, err = policy.Named(p, "Hourly", at(t, "2027-08-31T00:00:00Z"))
	require.Error(t, err)
}

func TestAPolicyThatCannotDecide(t *testing.T) {
	t.Parallel()
	_, err := policy.Decide(policy.Policy{Name: "p", TimeZone: "Nowhere"}, time.Now(), nil)
	require.ErrorContains(t, err, "Nowhere")
	_, err = policy.Decide(policy.Policy{Name: "p"}, time.Now(), nil)
	require.ErrorContains(t, err, "no rule Default")
}
