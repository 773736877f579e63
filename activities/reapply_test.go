package activities_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/reapply"
)

// A request to keep a point that arrives during the reapplication wins, whether
// or not the point had a retention of its own before.
func TestReapplyGivesWayToAWishThatHasJustCome(t *testing.T) {
	t.Parallel()
	const orders = "shop/orders"
	for name, before := range map[string]bool{"the first wish": false, "another wish before": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCommitter(t)
			asked, other := c.dumped(t, time.Now().AddDate(0, 0, -1), "00000001"), c.dumped(t, time.Now(), "00000002")
			c.commit(t, asked)
			c.commit(t, other)
			backup := c.backup
			backup.Temporal = c.pruner(t, instance.SoftDelete{}).Temporal
			short, ok := policy.BuiltIn(policy.DefaultRule, policy.Lifecycle{Standard: policy.Duration{Days: 7}})
			require.True(t, ok)
			brief := policy.Policy{Name: "short", TimeZone: "UTC", WeekStart: policy.Weekday(time.Monday), Rules: []policy.Rule{short}}
			_, err := backup.Vault.PutInstance(t.Context(), instance.Instance{Name: orders, Policy: brief})
			require.NoError(t, err)
			until := time.Now().UTC().AddDate(1, 0, 0).Truncate(time.Second)
			if before {
				require.NoError(t, backup.Vault.SetRetention(t.Context(), orders, asked.Plan.Point, vault.Retention{Policy: "books", Rule: "Default", Expires: until}))
			}
			var once sync.Once
			backup.Now = func() time.Time { // called between the listing and the first change
				once.Do(func() {
					wish := vault.Retention{Policy: "books", Rule: "Default", Expires: until, AtLeast: until, Reason: "brought back"}
					require.NoError(t, backup.Vault.SetRetention(t.Context(), orders, asked.Plan.Point, wish))
				})
				return time.Now()
			}
			result := run[jobs.ReapplyPolicyResult](t, backup, backup.Reapply, activities.ReapplyInput{Instance: orders, Job: jobs.Ref{ID: "reapply/1", RunID: "r-1"}})

			p, err := backup.Vault.FindPoint(t.Context(), orders, asked.Plan.Point)
			require.NoError(t, err)
			require.Equal(t, until, p.Expires)
			require.Equal(t, until, p.Extended.AtLeast)
			require.Equal(t, "short", p.Policy)
			require.Equal(t, 2, result.Points)
			require.Equal(t, 1, result.Shorter, "the other one")
			var report reapply.Report
			require.NoError(t, backup.Vault.GetReport(t.Context(), result.Report, &report))
			require.Equal(t, until, report.Changes[0].To.Expires, "the report says what was made")
			require.Contains(t, report.Changes[0].Note, "kept until")

			// The other one was signed for 30 days, and the change to 7 is signed too.
			sweeper := backup.Vault.Pruner(func(context.Context, string) (bool, error) { return false, nil })
			later := time.Now().AddDate(0, 0, 8)
			require.NoError(t, sweeper.PurgeExpired(t.Context(), orders, other.Plan.Point, later))
			require.ErrorIs(t, sweeper.PurgeExpired(t.Context(), orders, asked.Plan.Point, later), vault.ErrKept)
		})
	}
}
