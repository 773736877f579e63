package tenyears_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/azurepolicy"
	"github.com/pgvault/pgvault/internal/policy/schedule"
)

// azures returns one of Azure's policies.
func azures(t *testing.T, name string) policy.Policy {
	t.Helper()
	data, err := os.ReadFile("../../policy/azurepolicy/testdata/" + name + ".json")
	require.NoError(t, err)
	imported, err := azurepolicy.Parse(data)
	require.NoError(t, err)
	require.Empty(t, imported.Notes)
	return imported.Policy
}

// backups commits the scheduled backups of a policy in [from, to), except those
// of the failing days, and returns each day's decision.
func backups(t *testing.T, p policy.Policy, from, to string, failing ...string) map[string]policy.Decision {
	t.Helper()
	begin, err := time.ParseInLocation(time.DateOnly, from, load(p.TimeZone))
	require.NoError(t, err)
	end, err := time.ParseInLocation(time.DateOnly, to, load(p.TimeZone))
	require.NoError(t, err)
	failed := map[string]bool{}
	for _, day := range failing {
		failed[day] = true
	}
	decided := map[string]policy.Decision{}
	var counting []time.Time
	for _, s := range p.Schedules {
		starts, err := schedule.Starts(s, begin, end)
		require.NoError(t, err)
		for _, at := range starts {
			day := at.Format(time.DateOnly)
			if failed[day] {
				continue
			}
			decided[day], err = policy.Decide(p, at, counting)
			require.NoError(t, err)
			counting = append(counting, at)
		}
	}
	return decided
}

// rules returns the days of each rule's backups, in calendar order.
func rules(decided map[string]policy.Decision, from string) []string {
	date, _ := time.Parse(time.DateOnly, from)
	var found []string
	for range 400 {
		day := date.Format(time.DateOnly)
		if d, ok := decided[day]; ok && d.Rule != policy.DefaultRule {
			found = append(found, day+" "+d.Rule)
		}
		date = date.AddDate(0, 0, 1)
	}
	return found
}

// Azure's own example: backups on Sunday, Wednesday and Friday at 22:00 UTC,
// kept for three months; the first successful one of a month for six months,
// and then for 24 in archive: 30 months in all.
func TestSixAnd24MonthsAre30(t *testing.T) {
	t.Parallel()
	decided := backups(t, azures(t, "six-and-24-months"), "2027-01-01", "2027-04-01", "2027-02-03", "2027-02-05")
	require.Equal(t, []string{"2027-01-01 Monthly", "2027-02-07 Monthly", "2027-03-03 Monthly"}, rules(decided, "2027-01-01"),
		"the first of February and the second fail")

	first := decided["2027-01-01"]
	require.Equal(t, "2027-07-01T22:00:00Z", first.ArchiveAt.Format(time.RFC3339))
	require.Equal(t, "2029-07-01T22:00:00Z", first.Expires.Format(time.RFC3339))
	other := decided["2027-01-03"]
	require.Equal(t, policy.DefaultRule, other.Rule)
	require.True(t, other.ArchiveAt.IsZero())
	require.Equal(t, "2027-04-03T22:00:00Z", other.Expires.Format(time.RFC3339))
}

// One backup is the first of the year, the month and the week. Only the rule
// with the lowest number applies to it.
func TestFourLevels(t *testing.T) {
	t.Parallel()
	decided := backups(t, azures(t, "four-levels"), "2027-01-01", "2027-03-15", "2027-02-01")
	require.Equal(t, []string{
		"2027-01-01 Yearly", // a Friday, and the first of its month and week too
		"2027-01-04 Weekly", "2027-01-11 Weekly", "2027-01-18 Weekly", "2027-01-25 Weekly",
		"2027-02-02 Monthly", // the backup of Monday, 1 February, failed; this is the first of its week too
		"2027-02-08 Weekly", "2027-02-15 Weekly", "2027-02-22 Weekly",
		"2027-03-01 Monthly", "2027-03-08 Weekly",
	}, rules(decided, "2027-01-01"))
	yearly := decided["2027-01-01"]
	require.Equal(t, "2028-01-01", yearly.ArchiveAt.Format(time.DateOnly))
	require.Equal(t, "2037-01-01", yearly.Expires.Format(time.DateOnly), "a year, and nine in archive")
	require.Equal(t, "2027-03-29", decided["2027-01-04"].Expires.Format(time.DateOnly), "twelve weeks")
}
