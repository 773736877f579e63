package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// DrillRecordInput is a request to record a drill. What was compared is in Findings
// alone.
type DrillRecordInput struct {
	Work RestoreWork `json:"work"`
	// Job is the drill, and Trigger what has started it.
	Job     jobs.Ref     `json:"job"`
	Trigger jobs.Trigger `json:"trigger"`
	// Done is what the steps have reported.
	Done     jobs.Work      `json:"done"`
	Findings []DrillFinding `json:"findings"`
	// Restore is the phase of the restore, and Drop that in which the database was
	// dropped.
	Restore proof.Phase    `json:"restore"`
	Drop    proof.Phase    `json:"drop"`
	Failure *proof.Failure `json:"failure,omitempty"`
	// Left is the name of a database that could not be dropped.
	Left string `json:"left,omitempty"`
}

func (in DrillRecordInput) check(ctx context.Context) error {
	if err := in.Work.ofDrill(); err != nil {
		return err
	}
	if err := in.Work.check(ctx); err != nil {
		return err
	}
	return checkParent(ctx, in.Job)
}

// RecordedDrill is a stored record of a drill, with the beginning of its lists.
type RecordedDrill struct {
	Record vault.ProofRef `json:"record"`
	jobs.DrillVerdict
	// Immutable reports whether the storage can lock the record.
	Immutable bool `json:"immutable,omitempty"`
}

// RecordDrill judges the drill, and appends the record to the instance's chain. A run
// has one record: another attempt returns it.
func (r *Restore) RecordDrill(ctx context.Context, in DrillRecordInput) (RecordedDrill, error) {
	ctx, stop := beatPhase(ctx, "recording the drill")
	defer stop()
	record, err := r.drillRecord(ctx, in)
	if err != nil {
		return RecordedDrill{}, endCause(ctx, err)
	}
	settings, err := r.Vault.GetSettings(ctx)
	if err != nil {
		return RecordedDrill{}, endCause(ctx, err)
	}
	ref, err := r.Vault.AppendProof(ctx, statement.Patient{Signer: r.Signer}, record)
	return RecordedDrill{Record: ref, DrillVerdict: verdictOf(record), Immutable: settings.Immutability.On()}, endCause(ctx, err)
}

func (r *Restore) drillRecord(ctx context.Context, in DrillRecordInput) (proof.Record, error) {
	m, signature, err := r.manifest(ctx, in.Work.Point)
	if err != nil {
		return proof.Record{}, err
	}
	database, err := r.drillDatabase(ctx, m.Instance, m.PointID)
	if err != nil {
		return proof.Record{}, err
	}
	identity, err := startedBy(ctx, activity.GetClient(ctx), in.Job)
	if err != nil {
		return proof.Record{}, err
	}
	record := proof.Record{
		PgvaultVersion: r.Self.Version, Instance: in.Work.Point.Instance,
		Job: proof.Job{
			WorkflowID: in.Job.ID, RunID: ownRun(ctx), Trigger: in.Trigger.Kind, Identity: identity,
			Worker: in.Done.Worker.ObjectID, Host: in.Done.Worker.Host,
		},
		Point: proof.Point{
			ID: m.PointID, Time: m.ScheduledTime, Age: in.Restore.Begin.Sub(m.ScheduledTime), ManifestSHA256: signature.ManifestSHA256, DumpSHA256: m.Dump.SHA256,
			DumpBytes: m.Dump.Size, FingerprintsSHA256: m.Fingerprints.SHA256, KeyID: signature.KeyID,
		},
		Target: proof.Target{
			Server: in.Work.Drill.Server.Address(), Database: database, User: in.Done.SignIn.User, SourceVersion: m.Server.Version,
		},
		Phases: []proof.Phase{in.Restore}, Failure: in.Failure,
		Ignored: in.Done.Ignored, IgnoredErrors: in.Done.IgnoredErrors,
		Dropped: in.Left == "", Left: in.Left, RecordedAt: r.Now().UTC(),
	}
	if tool, err := pgtools.Choose(r.Tools, m.Tool.Major); err == nil {
		record.Target.ToolVersion = tool.Version
	}
	record.Phases[0].Name, in.Drop.Name = proof.PhaseRestore, proof.PhaseDrop
	seen, err := r.addFindings(ctx, in, &record)
	if err != nil {
		return record, err
	}
	if err := r.omit(ctx, in, seen, &record); err != nil {
		return record, err
	}
	record.Phases = append(record.Phases, in.Drop)
	record.Judge()
	return record, nil
}

// addFindings adds what the steps have found, and returns the phases of which there is
// a finding.
func (r *Restore) addFindings(ctx context.Context, in DrillRecordInput, record *proof.Record) (seen map[string]bool, err error) {
	place, err := r.Vault.Place(ctx, in.Work.Point.Instance, in.Work.Point.Point)
	if err != nil {
		return nil, err
	}
	seen = map[string]bool{}
	for _, sealed := range in.Findings {
		f, err := r.open(ctx, place, sealed)
		if err != nil {
			return nil, err
		}
		if seen[f.Phase.Name] {
			continue
		}
		seen[f.Phase.Name] = true
		record.Phases = append(record.Phases, f.Phase)
		record.Compared.Add(f.Compared)
		record.Checks = append(record.Checks, f.Checks...)
		if f.Phase.Name == proof.PhaseAMCheck {
			record.AMCheck = f.AMCheck
		}
		if f.ServerVersion != "" {
			record.Target.ServerVersion = f.ServerVersion
		}
	}
	return seen, nil
}

// omit adds the phases that were not done to what is not proven. A drill without a
// failure has done all of them. The checks of the instance's definition count too,
// which the job's input may leave out.
func (r *Restore) omit(ctx context.Context, in DrillRecordInput, seen map[string]bool, record *proof.Record) error {
	phases := []string{proof.PhaseRows, proof.PhaseDefinitions}
	if in.Work.Drill.Checks != "" {
		phases = append(phases, proof.PhaseChecks)
	}
	for _, phase := range append(phases, proof.PhaseAMCheck) {
		switch {
		case seen[phase]:
			continue
		case in.Failure == nil:
			return foreign("it has neither a finding of the step %q nor a failure", phase)
		case phase == proof.PhaseAMCheck:
			record.AMCheck.Unavailable = "not done"
		}
		record.Compared.Omit(phase + ": not done")
	}
	if in.Work.Drill.Checks != "" || seen[proof.PhaseChecks] {
		return nil
	}
	defined, err := r.Vault.GetInstance(ctx, in.Work.Point.Instance)
	if failure.CodeOf(err) == failure.InstanceNotFound {
		return nil
	}
	if err == nil && defined.Drill != nil && defined.Drill.Checks != "" {
		record.Compared.Omit(proof.PhaseChecks + ": not done")
	}
	return err
}

func verdictOf(r proof.Record) jobs.DrillVerdict {
	v := jobs.DrillVerdict{Verdict: r.Verdict, More: r.Compared.MoreDifferences}
	add := func(text string) {
		if len(v.Differences) == jobs.MaxDrillDifferences {
			v.More++
			return
		}
		v.Differences = append(v.Differences, text)
	}
	for _, d := range r.Compared.Differences {
		add(d.String())
	}
	for _, c := range r.Checks {
		if c.Outcome != proof.CheckPassed {
			add("check " + c.Name + ": " + c.Outcome)
		}
	}
	for _, name := range r.AMCheck.Names {
		add("amcheck: " + name + " is corrupt")
	}
	v.NotProven = r.Compared.NotProven[:min(len(r.Compared.NotProven), jobs.MaxDrillDifferences)]
	v.MoreNotProven = len(r.Compared.NotProven) - len(v.NotProven) + r.Compared.MoreNotProven
	v.RestoreTime, _ = r.RestoreTime()
	return v
}
