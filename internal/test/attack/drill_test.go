package attack_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

// scratchHost is where the trust file lists a server for drills.
const scratchHost = "127.0.0.1"

// drillable starts a scratch server, and returns a drill of the instance on it. The
// trust file of workers that start from now on lists the server, a key for evidence
// and a folder of checks.
func (a *target) drillable(t *testing.T) instance.Drill {
	t.Helper()
	scratch, err := localenv.StartPostgres(t.Context(), localenv.PostgresOptions{CA: localenvtest.CA(t), Host: scratchHost})
	require.NoError(t, err)
	t.Cleanup(scratch.Stop)
	secret := a.secret(t, "scratch-"+a.instance.Database, scratch.URI("postgres", scratch.Superuser, scratch.Password))
	a.servers = fmt.Sprintf("  - {hosts: [%s], use: [drill], secrets: [%q]}\n", scratchHost, secret)
	evidence, err := a.env.Azure.KeyVault.CreateKey(a.namespace + "-evidence")
	require.NoError(t, err)
	public, err := evidence.PEM()
	require.NoError(t, err)
	a.requires(t, []pinned{pin(t, a.newKey(t), longSince)}, fmt.Sprintf("  evidence: [{id: %q, publicKey: evidence.pem, %s}]", evidence.ID, longSince))
	signatures := a.trusts
	a.trusts = func(folder string) string {
		require.NoError(t, os.WriteFile(filepath.Join(folder, "evidence.pem"), public, 0o444))
		checks := filepath.Join(folder, "checks")
		require.NoError(t, os.Mkdir(checks, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(checks, "c.yaml"), []byte("- {name: many rows, sql: SELECT count(*) > 1000 FROM public.numbers}\n"), 0o444))
		return signatures(folder) + "checks: " + checks + "\n"
	}
	return instance.Drill{
		Server: instance.Server{Host: scratchHost, Port: scratch.Port}.WithDefaults(), SignIn: instance.SignIn{KeyVaultSecret: secret},
		Points: instance.DrillLatest, Connections: 2,
	}
}

// records returns the verdicts of the records of all drills.
func (a *target) records(t *testing.T) (verdicts []proof.Verdict) {
	t.Helper()
	for _, b := range a.read(t, "proofs/shop/") {
		var r proof.Record
		require.NoError(t, json.Unmarshal(opened(t, b).Payload, &r))
		verdicts = append(verdicts, r.Verdict)
	}
	return verdicts
}

// drilling returns the input of the steps of a drill.
func drilling(m manifest.Manifest, d instance.Drill) activities.RestoreWork {
	return activities.RestoreWork{Point: activities.PointRef{Instance: m.Instance, Point: m.PointID, Database: m.Database.Name, DumpSize: m.Dump.Size, Signed: true}, Drill: &d}
}

// TestForgedStepsOfADrill has a stranger's workflow restore one point, and call the
// steps of a drill so that the record proves what was not restored or not looked at.
func TestForgedStepsOfADrill(t *testing.T) {
	t.Parallel()
	a := newVault(t)
	drill := a.drillable(t)
	checked := drill
	checked.Checks = "c.yaml"
	a.instance.Drill = &checked
	a.define(t, a.instance)
	second := a.instance
	second.Name += "-b"
	a.define(t, second)
	a.startWorker(t)
	a.numbers(t, 10)
	restored, alike, other := a.point(t, a.instance.Name), a.point(t, a.instance.Name), a.point(t, second.Name)

	a.strangers(t)
	id := jobs.DrillRunID(drill.Server.Address())
	m := master{target: a, run: a.puppet(t, id)}
	light, heavy := jobs.RoleRestore.Queue(), jobs.RoleRestore.TransferQueue()
	work := drilling(restored, drill)
	database := done[activities.RestoredDatabase](t, m, heavy, "RestoreDatabase", work)
	done[activities.PublishedDatabase](t, m, light, "PublishDatabase", activities.PublishInput{Work: work, OID: database.OID})
	in := activities.DrillRecordInput{Work: work, Job: jobs.Ref{ID: id, RunID: m.run.GetRunID()}, Trigger: jobs.Trigger{Kind: jobs.TriggerOnDemand}}
	in.Restore = proof.Phase{Name: proof.PhaseRestore, Begin: time.Now(), End: time.Now()}
	for _, step := range []string{"CompareRows", "CompareDefinitions", "AMCheck"} {
		in.Findings = append(in.Findings, done[activities.DrillFinding](t, m, heavy, step, work))
	}
	stranger := statementtest.New(t, "stranger/1")
	sealed := func(change func(*statement.Envelope)) func(*activities.DrillRecordInput) {
		return func(in *activities.DrillRecordInput) {
			e := opened(t, stored{content: in.Findings[0].Envelope})
			change(&e)
			content, err := json.Marshal(e)
			require.NoError(t, err)
			in.Findings = append([]activities.DrillFinding{{Envelope: content}}, in.Findings[1:]...)
		}
	}
	for name, c := range map[string]struct {
		forge func(*activities.DrillRecordInput)
		code  failure.Code
	}{
		"nothing was looked at":  {func(in *activities.DrillRecordInput) { in.Findings = nil }, failure.InvalidInput},
		"rows were not compared": {func(in *activities.DrillRecordInput) { in.Findings = in.Findings[1:] }, failure.InvalidInput},
		"a restore that is called so": {func(in *activities.DrillRecordInput) {
			in.Findings, in.Restore.Name, in.Drop.Name = in.Findings[1:], proof.PhaseRows, proof.PhaseRows
		}, failure.InvalidInput},
		"one finding twice": {func(in *activities.DrillRecordInput) {
			in.Findings = []activities.DrillFinding{in.Findings[1], in.Findings[1], in.Findings[2]}
		}, failure.InvalidInput},
		"another point":                    {func(in *activities.DrillRecordInput) { in.Work = drilling(alike, drill) }, failure.InvalidInput},
		"another instance's point":         {func(in *activities.DrillRecordInput) { in.Work = drilling(other, drill) }, failure.InvalidInput},
		"another instance, the same point": {func(in *activities.DrillRecordInput) { in.Work.Point.Instance = second.Name }, failure.RecoveryPointNotFound},
		"another job":                      {func(in *activities.DrillRecordInput) { in.Job.ID = "drill/" + second.Name }, failure.InvalidInput},
		"no scratch server":                {func(in *activities.DrillRecordInput) { in.Work.Drill = nil }, failure.InvalidInput},
		"another server": {func(in *activities.DrillRecordInput) {
			elsewhere := drill
			elsewhere.Server.Port++
			in.Work.Drill = &elsewhere
		}, failure.InvalidInput},
		"a finding that is not signed": {sealed(func(e *statement.Envelope) { e.Signatures = nil }), failure.SignatureInvalid},
		"a finding that is changed": {sealed(func(e *statement.Envelope) {
			e.Payload = []byte(strings.Replace(string(e.Payload), restored.PointID, alike.PointID, 1))
		}), failure.SignatureInvalid},
		"a stranger's finding": {sealed(func(e *statement.Envelope) {
			content, err := statement.Seal(t.Context(), stranger, e.PayloadType, e.Payload)
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(content, e))
		}), failure.SignatureInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			got := m.call(t, light, "RecordDrill", with(in, c.forge))
			require.Equal(t, c.code, got.Code, got.Message)
			require.Empty(t, a.records(t))
		})
	}
	for _, step := range []string{"CompareRows", "CompareDefinitions", "AMCheck"} {
		for name, m2 := range map[string]manifest.Manifest{"another point": alike, "another instance's point": other} {
			t.Run(step+" of "+name, func(t *testing.T) {
				got := m.call(t, heavy, step, drilling(m2, drill))
				require.Equal(t, failure.DBNotFound, got.Code, got.Message)
			})
		}
	}
	for name, server := range map[string]instance.Server{
		"a server that is not listed":   {Host: untrusted, Port: a.strange},
		"a server for restores only":    a.instance.Server,
		"the scratch server, elsewhere": {Host: scratchHost, Port: a.strange},
	} {
		t.Run(name, func(t *testing.T) {
			elsewhere := drill
			elsewhere.Server = server.WithDefaults()
			p := master{target: a, run: a.puppet(t, jobs.DrillRunID(elsewhere.Server.Address()))}
			if server.Host == scratchHost {
				p = m // a drill on another server than its workflow's
			}
			for _, queue := range []struct{ name, step string }{{light, "CheckTarget"}, {heavy, "RestoreDatabase"}, {heavy, "CompareRows"}, {light, "DropTarget"}} {
				got := p.call(t, queue.name, queue.step, drilling(restored, elsewhere))
				require.Contains(t, []failure.Code{failure.NotTrusted, failure.InvalidInput}, got.Code, got.Message)
			}
		})
	}
	require.Empty(t, a.records(t))
	t.Run("without the instance's checks", func(t *testing.T) {
		done[activities.RecordedDrill](t, m, light, "RecordDrill", in)
		require.Equal(t, []proof.Verdict{proof.Partly}, a.records(t))
	})
}
