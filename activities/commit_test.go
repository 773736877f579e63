package activities_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

const orders = "shop/orders"

// committer runs the last step of backups of one instance.
type committer struct {
	backup *activities.Backup
	signer statementtest.Signer
}

// newCommitter returns a committer for a new vault whose worker requires
// signatures.
func newCommitter(t *testing.T) committer {
	t.Helper()
	credential, err := azure.Credential()
	require.NoError(t, err)
	container, err := azureblob.Open(localenvtest.Container(t), credential, azureblob.Options{})
	require.NoError(t, err)
	signer := statementtest.New(t, "manifest/1")
	c := committer{&activities.Backup{Vault: vault.New(container), Container: container, Signer: signer, Now: time.Now}, signer}
	c.trust(t, true)
	_, err = c.backup.Vault.PutSettings(t.Context(), instance.VaultSettings{}, "vault1")
	require.NoError(t, err)
	c.apply(t, books(t))
	return c
}

// trust replaces the worker's trust file by one that pins its key.
func (c committer) trust(t *testing.T, required bool) {
	t.Helper()
	file := statementtest.Trust(t, required, statementtest.Key{Signer: c.signer, Validity: "from: 2026-01-01"})
	c.backup.Vault = vault.New(c.backup.Container).Trusting(file)
}

func books(t *testing.T) policy.Policy {
	t.Helper()
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
	return books.Normal()
}

func (c committer) apply(t *testing.T, p policy.Policy) {
	t.Helper()
	_, err := c.backup.Vault.PutInstance(t.Context(), instance.Instance{
		Name: orders, Policy: p, Database: "orders", Server: instance.Server{Host: "shop.example"}.WithDefaults(),
		SignIn: instance.SignIn{KeyVaultSecret: "https://v.vault.azure.net/secrets/s"},
	})
	require.NoError(t, err)
}

// dumped stores the blobs and statements of the previous steps of a scheduled
// backup.
func (c committer) dumped(t *testing.T, at time.Time, run string) activities.CommitInput {
	t.Helper()
	return c.attempt(t, at, run, "r-1")
}

func (c committer) attempt(t *testing.T, at time.Time, run, attempt string) activities.CommitInput {
	t.Helper()
	point := vault.PointID(at, run)
	names := vault.AttemptNames(orders, point, attempt)
	for _, name := range []string{names.Blocks, names.Dump, names.Roles} {
		_, err := c.backup.Container.PutNew(t.Context(), name, []byte("dump"), vault.AttemptMeta("backup-run/"+orders, "backup/"+orders))
		require.NoError(t, err)
	}
	blob, err := c.backup.Container.Stat(t.Context(), names.Dump)
	require.NoError(t, err)
	place := c.place(t, point)
	step := statement.Step{Place: place, Run: run, Attempt: 1, SignedAt: time.Now().UTC()}
	in := activities.CommitInput{
		Plan: activities.BackupPlan{
			Instance: instance.Instance{Name: orders}, Point: point, Scheduled: at, Trigger: jobs.Trigger{Kind: "schedule"},
		},
	}
	in.Validated = c.put(t, point, attempt, statement.TypeValidation, statement.Validation{Step: step})
	in.Dump = c.put(t, point, attempt, statement.TypeDump, statement.Dump{
		Step: step, ScheduledTime: at, Job: manifest.Job{Trigger: "schedule"}, Server: manifest.Server{Major: 15}, Tool: manifest.Tool{Major: 15},
		Database: manifest.Database{Name: "orders", Encoding: "UTF8"}, Dump: manifest.Dump{Blob: blob.Name, BlocksBlob: names.Blocks, Size: blob.Size},
	})
	in.Roles = c.put(t, point, attempt, statement.TypeRoles, statement.Roles{Step: step, Roles: manifest.Roles{Blob: names.Roles}})
	in.Verified = c.put(t, point, attempt, statement.TypeVerification, statement.Verification{
		Step: step, DumpStatement: in.Dump.SHA256, Bytes: blob.Size, ETag: blob.ETag, SHA256: strings.Repeat("ab", 32),
	})
	return in
}

func (c committer) place(t *testing.T, point string) statement.Place {
	t.Helper()
	place, err := c.backup.Vault.Place(t.Context(), orders, point)
	require.NoError(t, err)
	return place
}

func (c committer) put(t *testing.T, point, attempt, payloadType string, facts any) vault.StatementRef {
	t.Helper()
	ref, err := c.backup.Vault.PutStatement(t.Context(), c.signer, vault.StatementName(orders, point, payloadType, attempt), payloadType, facts, nil)
	require.NoError(t, err)
	return ref
}

func (c committer) commit(t *testing.T, in activities.CommitInput) activities.CommitResult {
	t.Helper()
	result, err := c.tryCommit(t, in)
	require.NoError(t, err)
	m, err := c.backup.Vault.GetManifest(t.Context(), in.Plan.Instance.Name, in.Plan.Point)
	require.NoError(t, err)
	require.Equal(t, m.Retention.Rule, result.Rule, "the job says what the manifest says")
	require.Equal(t, m.Retention.Expires, result.Expires.UTC())
	return result
}

func (c committer) tryCommit(t *testing.T, in activities.CommitInput) (result activities.CommitResult, err error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{temporalx.NewErrorInterceptor()}})
	env.RegisterActivity(c.backup)
	value, err := env.ExecuteActivity(c.backup.Commit, in)
	if err == nil {
		require.NoError(t, value.Get(&result))
	}
	return result, err
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

	changed := books(t)
	changed.Rules = changed.Rules[2:]
	c.apply(t, changed)
	require.Equal(t, decided, c.commit(t, first), "nor does another policy")
}

// A job's input comes from whoever can start workflows.
func TestThePolicyOfAPlanDoesNotCount(t *testing.T) {
	t.Parallel()
	c := newCommitter(t)
	in := c.dumped(t, time.Date(2026, 12, 1, 1, 0, 0, 0, time.UTC), "00000001")
	forged, ok := policy.BuiltIn("Default", policy.Lifecycle{Standard: policy.Duration{Days: 1}})
	require.True(t, ok)
	in.Plan.Instance.Policy = policy.Policy{Name: "forged", TimeZone: "UTC", Rules: []policy.Rule{forged}}
	require.Equal(t, "Monthly", c.commit(t, in).Rule)
}

func TestTheTimeAndTheTriggerOfAPlanDoNotCount(t *testing.T) {
	t.Parallel()
	c := newCommitter(t)
	in := c.dumped(t, night, "00000001")
	in.Plan.Scheduled, in.Plan.Trigger.Kind = night.AddDate(100, 0, 0), jobs.TriggerOnDemand
	decided := c.commit(t, in)
	require.Equal(t, "Monthly", decided.Rule, "what the dump's statement says of the trigger counts")
	require.Less(t, decided.Expires.Year(), 2030)
}

// The plan names its rule.
func TestCommitOfAPlanWithARule(t *testing.T) {
	t.Parallel()
	c := newCommitter(t)
	in := c.dumped(t, time.Date(2026, 12, 1, 1, 0, 0, 0, time.UTC), "00000001")
	in.Plan.Rule = "Default"
	require.Equal(t, "Default", c.commit(t, in).Rule)
}
