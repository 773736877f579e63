package attack_test

import (
	"encoding/json"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

// call is an activity that a stranger has run.
type call struct {
	Queue    string          `json:"queue"`
	Activity string          `json:"activity"`
	Input    json.RawMessage `json:"input"`
}

// answer is what an activity returned.
type answer struct {
	Result  json.RawMessage `json:"result,omitempty"`
	Code    failure.Code    `json:"code,omitempty"`
	Message string          `json:"message,omitempty"`
}

// puppet is a workflow of a stranger's own worker. It has the activities run that
// it is told, one after another.
func puppet(ctx workflow.Context) error {
	err := workflow.SetUpdateHandler(ctx, "call", func(ctx workflow.Context, c call) (a answer, _ error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			TaskQueue: c.Queue, StartToCloseTimeout: time.Minute, HeartbeatTimeout: 30 * time.Second,
			RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
		})
		if f := temporalx.Failure(workflow.ExecuteActivity(ctx, c.Activity, c.Input).Get(ctx, &a.Result)); f != nil {
			a.Code, a.Message = f.Code, f.Message
		}
		return a, nil
	})
	if err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return false })
}

// strings that hold a puppet.
type master struct {
	*target
	run client.WorkflowRun
	// plan is that of a backup that the puppet may make.
	plan activities.BackupPlan
}

// strangers starts a stranger's worker, for puppets.
func (a *target) strangers(t *testing.T) {
	t.Helper()
	strangers := sdkworker.New(a.temporal, "strangers", sdkworker.Options{})
	strangers.RegisterWorkflow(puppet)
	require.NoError(t, strangers.Start())
	t.Cleanup(strangers.Stop)
}

// puppet starts a puppet under a workflow ID.
func (a *target) puppet(t *testing.T, id string) client.WorkflowRun {
	t.Helper()
	run, err := a.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "strangers"}, puppet)
	require.NoError(t, err)
	return run
}

// newMaster starts a puppet as the work of the instance's backup.
func newMaster(t *testing.T, a *target) master {
	t.Helper()
	a.strangers(t)
	id := jobs.BackupRunID(a.instance.Name)
	run := a.puppet(t, id)
	now := time.Now().UTC().Truncate(time.Second)
	return master{a, run, activities.BackupPlan{
		Instance: a.instance, Point: vault.PointID(now, run.GetRunID()), Scheduled: now, Started: now,
		Trigger: jobs.Trigger{Kind: jobs.TriggerOnDemand}, Job: jobs.Ref{ID: id, RunID: run.GetRunID()},
	}}
}

func (m master) call(t *testing.T, queue, activity string, input any) answer {
	t.Helper()
	encoded, err := json.Marshal(input)
	require.NoError(t, err)
	update, err := m.temporal.UpdateWorkflow(t.Context(), client.UpdateWorkflowOptions{
		WorkflowID: m.run.GetID(), RunID: m.run.GetRunID(), UpdateName: "call", WaitForStage: client.WorkflowUpdateStageCompleted,
		Args: []any{call{queue, activity, encoded}},
	})
	require.NoError(t, err)
	var a answer
	require.NoError(t, update.Get(t.Context(), &a))
	require.Zero(t, m.connections.Load(), "connections to %s", untrusted)
	return a
}

// done calls an activity that must succeed, and decodes its result.
func done[T any](t *testing.T, m master, queue, activity string, input any) (result T) {
	t.Helper()
	a := m.call(t, queue, activity, input)
	require.Empty(t, a.Code, a.Message)
	require.NoError(t, json.Unmarshal(a.Result, &result))
	return result
}

// TestForgedStepsOfABackup has a stranger's workflow call the steps of a backup.
// What they sign is what they have seen, and the commit takes nothing else.
func TestForgedStepsOfABackup(t *testing.T) {
	t.Parallel()
	a := newVault(t)
	a.requires(t, []pinned{pin(t, a.newKey(t), longSince)})
	a.startWorker(t)
	a.numbers(t, 10)
	earlier := a.point(t, a.instance.Name)
	a.numbers(t, 20)
	m := newMaster(t, a)
	light, heavy := jobs.RoleBackup.Queue(), jobs.RoleBackup.TransferQueue()

	forged := m.plan
	forged.Instance.Server.Host, forged.Instance.Server.Port, forged.Instance.Database = untrusted, a.strange, "postgres"
	forged.Instance.Policy = policy.Policy{Name: "forged", TimeZone: "UTC", Rules: []policy.Rule{{Name: policy.DefaultRule, Lifecycle: policy.Lifecycle{Standard: policy.Duration{Years: 100}}}}}
	in := activities.CommitInput{Plan: m.plan}
	in.Validated = done[activities.ValidatedBackup](t, m, light, "Validate", forged).Statement
	first := m.setAside(t, done[activities.DumpResult](t, m, heavy, "Dump", forged).Statement)
	in.Dump = done[activities.DumpResult](t, m, heavy, "Dump", forged).Statement
	in.Roles = done[activities.RolesResult](t, m, heavy, "DumpRoles", forged).Statement

	place, err := a.vault.Place(t.Context(), a.instance.Name, m.plan.Point)
	require.NoError(t, err)
	signed, _, err := vault.ReadStatement[statement.Dump](t.Context(), a.vault, in.Dump, statement.TypeDump, place)
	require.NoError(t, err)
	require.Equal(t, a.instance.Server.Host, signed.Server.Host)
	require.Equal(t, a.instance.Server.Port, signed.Server.Port)
	require.Equal(t, a.instance.Database, signed.Database.Name)

	foreign := m.copied(t, folderOf(earlier), "statement-")
	in.Verified = done[activities.VerifyResult](t, m, heavy, "Verify", activities.VerifyInput{Plan: forged, Dump: in.Dump}).Statement
	stranger := statementtest.New(t, "stranger/1")
	host := func(e *statement.Envelope) {
		e.Payload = []byte(strings.Replace(string(e.Payload), a.instance.Server.Host, untrusted, 1))
	}
	notSigned := func(e *statement.Envelope) { host(e); e.Signatures = nil }
	byStranger := func(e *statement.Envelope) {
		host(e)
		content, err := statement.Seal(t.Context(), stranger, e.PayloadType, e.Payload)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(content, e))
	}
	for name, c := range map[string]struct {
		activity string
		input    any
		code     failure.Code
	}{
		"Dump into a point of another run":       {"Dump", with(m.plan, func(p *activities.BackupPlan) { p.Point = earlier.PointID; p.Scheduled = earlier.ScheduledTime }), failure.InvalidInput},
		"Dump into a point of tomorrow":          {"Dump", with(m.plan, func(p *activities.BackupPlan) { m.moved(p, 24*time.Hour) }), failure.InvalidInput},
		"Dump at another time than the point's":  {"Dump", with(m.plan, func(p *activities.BackupPlan) { p.Scheduled = p.Scheduled.AddDate(-1, 0, 0) }), failure.InvalidInput},
		"Dump by another trigger":                {"Dump", with(m.plan, func(p *activities.BackupPlan) { p.Trigger.Kind = "nightly" }), failure.InvalidInput},
		"Dump for another job":                   {"Dump", with(m.plan, func(p *activities.BackupPlan) { p.Job.ID = earlier.Job.WorkflowID }), failure.InvalidInput},
		"Verify of another point's dump":         {"Verify", activities.VerifyInput{Plan: m.plan, Dump: foreign["dump"].original}, failure.InvalidInput},
		"Verify of another point's dump, copied": {"Verify", activities.VerifyInput{Plan: m.plan, Dump: foreign["dump"].copy}, failure.SignatureInvalid},
		"Verify of a dump that is not signed":    {"Verify", activities.VerifyInput{Plan: m.plan, Dump: m.edited(t, in.Dump, notSigned)}, failure.SignatureMissing},
		"Verify of a stranger's dump":            {"Verify", activities.VerifyInput{Plan: m.plan, Dump: m.edited(t, in.Dump, byStranger)}, failure.SignatureMissing},
		"Commit of another point": {"Commit", with(in, func(c *activities.CommitInput) {
			c.Plan.Point, c.Plan.Scheduled = earlier.PointID, earlier.ScheduledTime
		}), failure.InvalidInput},
		"Commit at another time than the point's": {"Commit", with(in, func(c *activities.CommitInput) { c.Plan.Scheduled = c.Plan.Scheduled.AddDate(50, 0, 0) }), failure.InvalidInput},
		"Commit of another job's statements": {"Commit", with(in, func(c *activities.CommitInput) {
			c.Dump, c.Verified = foreign["dump"].original, foreign["verification"].original
		}), failure.InvalidInput},
		"Commit of another job's statements, copied": {"Commit", with(in, func(c *activities.CommitInput) {
			c.Dump, c.Verified = foreign["dump"].copy, foreign["verification"].copy
		}), failure.SignatureInvalid},
		"Commit of another job's roles, copied":   {"Commit", with(in, func(c *activities.CommitInput) { c.Roles = foreign["roles"].copy }), failure.SignatureInvalid},
		"Commit of another host":                  {"Commit", with(in, func(c *activities.CommitInput) { c.Dump = m.edited(t, in.Dump, host) }), failure.SignatureInvalid},
		"Commit of what is not signed":            {"Commit", with(in, func(c *activities.CommitInput) { c.Dump = m.edited(t, in.Dump, notSigned) }), failure.SignatureMissing},
		"Commit of what a stranger signed":        {"Commit", with(in, func(c *activities.CommitInput) { c.Dump = m.edited(t, in.Dump, byStranger) }), failure.SignatureMissing},
		"Commit of a statement that is elsewhere": {"Commit", with(in, func(c *activities.CommitInput) { c.Dump.Blob = "vault.json" }), failure.InvalidInput},
		"Commit of a statement that is gone":      {"Commit", with(in, func(c *activities.CommitInput) { c.Roles.Blob += "x" }), failure.VerificationFailed},
		"Commit of two dumps":                     {"Commit", with(in, func(c *activities.CommitInput) { c.Dump = first }), failure.SignatureInvalid},
		"Commit of one statement for another":     {"Commit", with(in, func(c *activities.CommitInput) { c.Roles = c.Validated }), failure.SignatureInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			queue := map[string]string{"Dump": heavy, "Verify": heavy, "Commit": light}[c.activity]
			got := m.call(t, queue, c.activity, c.input)
			require.Equal(t, c.code, got.Code, got.Message)
			require.Equal(t, 1, a.points(t, a.instance.Name))
		})
	}
	t.Run("Commit with another policy", func(t *testing.T) {
		in.Plan.Instance = forged.Instance
		done[activities.CommitResult](t, m, light, "Commit", in)
		committed := a.latest(t, a.instance.Name)
		require.Equal(t, m.plan.Point, committed.PointID)
		require.Equal(t, a.instance.Server.Host, committed.Server.Host)
		require.Equal(t, a.instance.Database, committed.Database.Name)
		require.Equal(t, "nightly", committed.Retention.Policy)
		require.Equal(t, m.plan.Scheduled.AddDate(0, 0, 30), committed.Retention.Expires)
		k := a.kinds(t)[0]
		require.NoError(t, a.restorePoint(t, a.instance.Name, committed.PointID, k.target))
		require.Equal(t, 20, k.written(t))
	})
}

// with returns a copy of an input after a change.
func with[T any](input T, change func(*T)) T {
	change(&input)
	return input
}

// moved moves the point of a plan in time.
func (m master) moved(p *activities.BackupPlan, by time.Duration) {
	p.Scheduled = p.Scheduled.Add(by)
	p.Point = vault.PointID(p.Scheduled, m.run.GetRunID())
}

// pair is a statement of another point and its copy beside the puppet's point.
type pair struct{ original, copy vault.StatementRef }

// copied copies statements of another point beside the puppet's point, and
// returns them by kind.
func (m master) copied(t *testing.T, from, prefix string) map[string]pair {
	t.Helper()
	all := map[string]pair{}
	for _, b := range m.read(t, from+prefix) {
		kind := strings.Split(path.Base(b.Name), "-")[1]
		copied := folder(m.instance.Name, m.plan.Point) + path.Base(b.Name)
		m.put(t, copied, b.content, b.Meta)
		hash := blobstore.HashOf(b.content)
		all[kind] = pair{vault.StatementRef{Blob: b.Name, SHA256: hash}, vault.StatementRef{Blob: copied, SHA256: hash}}
	}
	require.Len(t, all, 4)
	return all
}

// edited stores a changed statement beside the original.
func (m master) edited(t *testing.T, ref vault.StatementRef, change func(*statement.Envelope)) vault.StatementRef {
	t.Helper()
	content, _, err := m.container.Get(t.Context(), ref.Blob, 1<<20)
	require.NoError(t, err)
	e := opened(t, stored{content: content})
	change(&e)
	content, err = json.Marshal(e)
	require.NoError(t, err)
	name := strings.Replace(ref.Blob, "statement-", "statement-edited-", 1) + unique("")[1:]
	m.put(t, name, content, nil)
	return vault.StatementRef{Blob: name, SHA256: blobstore.HashOf(content)}
}

// setAside moves a statement to another name and deletes its dump, so that the
// step makes another.
func (m master) setAside(t *testing.T, ref vault.StatementRef) vault.StatementRef {
	t.Helper()
	aside := m.edited(t, ref, func(*statement.Envelope) {})
	own := folder(m.instance.Name, m.plan.Point)
	for _, prefix := range []string{ref.Blob, own + "dump-", own + "blocks-", own + "fingerprints-"} {
		m.removeBlobs(t, prefix)
	}
	return aside
}
