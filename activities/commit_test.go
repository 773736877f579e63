package activities_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/vault"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

// committer runs the last step of backups of one instance.
type committer struct {
	backup *activities.Backup
	policy policy.Policy
}

func newCommitter(t *testing.T) committer {
	t.Helper()
	credential, err := azure.Credential()
	require.NoError(t, err)
	container, err := azureblob.Open(localenvtest.Container(t), credential, azureblob.Options{})
	require.NoError(t, err)
	books := policy.Policy{Name: "books", TimeZone: "Europe/Berlin", WeekStart: policy.Weekday(time.Monday)}
	for name, keep := range map[string]policy.Lifecycle{
		"Default": {Standard: policy.Duration{Days: 30}},
		"Weekly":  {Standard: policy.Duration{Days: 84}},
		"Monthly": {Standard: policy.Duration{Months: 6}, Archive: policy.Duration{Months: 24}},
	} {
		rule, ok := policy.BuiltIn(name, keep)
		require.True(t, ok)
		books.Rules = append(books.Rules, rule)
	}
	return committer{&activities.Backup{Vault: vault.New(container), Container: container, Now: time.Now}, books.Normal()}
}

// dumped returns the results of the previous steps of a scheduled backup.
func (c committer) dumped(t *testing.T, at time.Time, run string) activities.CommitInput {
	t.Helper()
	const orders = "shop/orders"
	point := vault.PointID(at, run)
	names := vault.AttemptNames(orders, point, "r-1")
	for _, name := range []string{names.Blocks, names.Dump, names.Roles} {
		_, err := c.backup.Container.PutNew(t.Context(), name, []byte("dump"), vault.AttemptMeta("backup-run/"+orders, "backup/"+orders))
		require.NoError(t, err)
	}
	dump, err := c.backup.Container.Stat(t.Context(), names.Dump)
	require.NoError(t, err)
	return activities.CommitInput{
		Plan: activities.BackupPlan{
			Instance: instance.Instance{Name: orders, Policy: c.policy}, Point: point, Scheduled: at,
			Trigger: jobs.Trigger{Kind: "schedule"},
		},
		Dump: activities.DumpResult{
			Blob: dump.Name, BlocksBlob: names.Blocks, Size: dump.Size, ETag: dump.ETag,
			Server: postgres.ServerFacts{Major: 15}, Tool: activities.ToolRef{Major: 15},
			Database: postgres.DatabaseFacts{Name: "orders", Encoding: "UTF8"},
		},
		Roles:    activities.RolesResult{Blob: names.Roles},
		Verified: activities.VerifyResult{SHA256: strings.Repeat("ab", 32)},
	}
}

func (c committer) commit(t *testing.T, in activities.CommitInput) activities.CommitResult {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(c.backup)
	value, err := env.ExecuteActivity(c.backup.Commit, in)
	require.NoError(t, err)
	var result activities.CommitResult
	require.NoError(t, value.Get(&result))
	m, err := c.backup.Vault.GetManifest(t.Context(), in.Plan.Instance.Name, in.Plan.Point)
	require.NoError(t, err)
	require.Equal(t, m.Retention.Rule, result.Rule, "the job says what the manifest says")
	require.Equal(t, m.Retention.Expires, result.Expires.UTC())
	return result
}

// An attempt whose answer was lost has decided. The next one returns the
// retention in the manifest, even if other points were committed meanwhile.
func TestCommitDecidesOnce(t *testing.T) {
	t.Parallel()
	c := newCommitter(t)
	at := time.Date(2026, 12, 1, 1, 0, 0, 0, time.UTC)
	first := c.dumped(t, at, "00000001")
	decided := c.commit(t, first)
	require.Equal(t, activities.CommitResult{
		Rule: "Monthly", ArchiveAt: at.AddDate(0, 6, 0).Add(-time.Hour), Expires: at.AddDate(2, 6, 0).Add(-time.Hour),
	}, decided, "by the clock of Berlin, which is ahead in June")
	require.Equal(t, decided, c.commit(t, first))
	require.Equal(t, "Default", c.commit(t, c.dumped(t, at.AddDate(0, 0, 1), "00000002")).Rule)
	require.Equal(t, decided, c.commit(t, first))

	changed := first
	changed.Plan.Instance.Policy.Rules = c.policy.Rules[2:]
	require.Equal(t, decided, c.commit(t, changed), "nor does another policy")
}

// The plan names its rule.
func TestCommitOfAPlanWithARule(t *testing.T) {
	t.Parallel()
	c := newCommitter(t)
	in := c.dumped(t, time.Date(2026, 12, 1, 1, 0, 0, 0, time.UTC), "00000001")
	in.Plan.Rule = "Default"
	require.Equal(t, "Default", c.commit(t, in).Rule)
}
