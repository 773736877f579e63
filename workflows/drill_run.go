package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/temporalx/events"
)

// The steps of a drill on its status card, with those of a restore.
const (
	stepProperties = "set properties"
	stepDrop       = "drop database"
	stepRecord     = "record"
)

// DrillRun does the work of a [Drill]: restore, compare, drop. The point is held
// meanwhile. The database is dropped after every outcome.
func DrillRun(ctx workflow.Context, input jobs.DrillRunInput) (jobs.DrillResult, error) {
	ctx = withRole(ctx, jobs.RoleRestore)
	j := newJob(ctx, jobs.TypeDrillRun)
	own := j.ref
	j.ref, j.trigger, j.instance = input.Job, input.Trigger, input.Instance
	d := drill{job: j, own: own, input: input, result: jobs.DrillResult{Instance: input.Instance, Server: input.Drill.Server.Address()}}
	err := d.run(ctx)
	return d.result, j.finish(ctx, err)
}

// drill is a drill in progress.
type drill struct {
	job *job
	// own is the workflow itself. The job is its parent.
	own   jobs.Ref
	input jobs.DrillRunInput
	card  *card
	work  activities.RestoreWork
	// findings are those of the steps that have looked at the restored database.
	findings          []activities.DrillFinding
	restored, dropped proof.Phase
	// phase is the phase that runs or has failed.
	phase  string
	result jobs.DrillResult
}

func (d *drill) run(ctx workflow.Context) error {
	var restore *activities.Restore
	d.card = newCard(ctx, "Drill of "+d.input.Instance, drillSteps(d.input.Drill)...)
	point, err := step(shortActivity(ctx, "Find the recovery point"), d.card, stepFind, restore.FindDrillPoint,
		activities.DrillPointInput{Instance: d.input.Instance, Point: d.input.Point}, whichPoint)
	if err != nil {
		return err
	}
	d.job.point, d.result.Point = point.Point, point.Point
	d.job.unpublished = jobs.DrillDatabase(d.input.VaultID, workflow.GetInfo(ctx).OriginalRunID, point.Instance, point.Point)
	if err := d.job.describe(ctx, temporalx.KeyDatabase.ValueSet(point.Database)); err != nil {
		return err
	}
	held := activities.HoldInput{Point: point, Job: d.own}
	found, err := step(shortActivity(ctx, "Hold "+point.Point), d.card, stepHold, restore.Hold, held, noNote[activities.HeldPoint])
	if err != nil {
		return err
	}
	d.work = activities.RestoreWork{Point: point, Drill: &d.input.Drill}
	if found.Archived {
		err = failure.New(failure.RecoveryPointArchived, "drill a point that is not archived, or restore it by `pgvault restore`, which makes a readable copy first",
			"the dump of recovery point %s of %s is in the archive tier", point.Point, point.Instance)
	} else {
		err = d.held(ctx)
	}
	release(ctx, held)
	return err
}

func drillSteps(d instance.Drill) []string {
	steps := []string{stepFind, stepHold, stepTarget, stepRoles, stepRestore, stepProperties, proof.PhaseRows, proof.PhaseDefinitions}
	if d.Checks != "" {
		steps = append(steps, proof.PhaseChecks)
	}
	return append(steps, proof.PhaseAMCheck, stepDrop, stepRecord)
}

// held drills a point that the job holds.
func (d *drill) held(ctx workflow.Context) error {
	var restore *activities.Restore
	where := d.where()
	checked, err := step(shortActivity(ctx, "Check "+where), d.card, stepTarget, restore.CheckTarget, d.work, noNote[activities.SignedIn])
	if err != nil {
		return err
	}
	d.job.work.Worker, d.job.work.SignIn = checked.By, checked.SignIn
	d.job.work.Target = jobs.Place{Server: where}
	err = d.prove(ctx)
	d.drop(ctx)
	return d.record(ctx, err)
}

// prove restores the point and looks at the restored database.
func (d *drill) prove(ctx workflow.Context) error {
	var restore *activities.Restore
	d.phase = proof.PhaseRestore
	d.restored = proof.Phase{Name: d.phase, Begin: workflow.Now(ctx)}
	if err := d.restore(ctx); err != nil {
		return err
	}
	d.restored.End = workflow.Now(ctx)
	if err := d.look(ctx, proof.PhaseRows, restore.CompareRows); err != nil {
		return err
	}
	if err := d.look(ctx, proof.PhaseDefinitions, restore.CompareDefinitions); err != nil {
		return err
	}
	if d.input.Drill.Checks != "" {
		if err := d.look(ctx, proof.PhaseChecks, restore.RunChecks); err != nil {
			return err
		}
	}
	return d.look(ctx, proof.PhaseAMCheck, restore.AMCheck)
}

// look runs a step that looks at the restored database.
func (d *drill) look(ctx workflow.Context, phase string, activity any) error {
	d.phase = phase
	found, err := step(transferActivity(ctx, phase+" on "+d.where()), d.card, phase, activity, d.work,
		func(f activities.DrillFinding) string { return f.Note })
	if err == nil {
		d.findings = append(d.findings, found)
	}
	return err
}

// record records the drill, also one that has failed or was cancelled, and returns
// the error of the job.
func (d *drill) record(ctx workflow.Context, err error) error {
	var restore *activities.Restore
	in := activities.DrillRecordInput{
		Work: d.work, Job: d.job.ref, Trigger: d.job.trigger, Done: d.job.work, Findings: d.findings,
		Restore: d.restored, Drop: d.dropped, Failure: d.failure(err),
	}
	if len(d.job.leftovers) > 0 {
		in.Left = d.job.unpublished
	}
	disconnected, _ := workflow.NewDisconnectedContext(ctx)
	recorded, recordErr := step(endActivity(disconnected, "Record the drill"), d.card, stepRecord, restore.RecordDrill, in,
		func(r activities.RecordedDrill) string {
			return fmt.Sprintf("%s, record %d", r.Verdict, r.Record.Sequence)
		})
	d.result.DrillVerdict, d.result.Record = recorded.DrillVerdict, recorded.Record.Blob
	if recordErr == nil && recorded.Immutable {
		d.job.flaw = d.lock(disconnected, recorded.Record.Sequence)
	}
	switch {
	case err != nil:
		return err
	case recordErr != nil:
		return recordErr
	}
	return d.result.Refusal()
}

// lock locks the record in the storage. A record without a lock is evidence too, and
// the next drill locks it. So the failure is a flaw of the job and does not end it.
func (d *drill) lock(ctx workflow.Context, sequence int) *failure.Error {
	var backup *activities.Backup
	d.card.add(ctx, stepLock)
	ctx = withRole(ctx, jobs.RoleBackup)
	_, err := step(shortActivity(ctx, fmt.Sprintf("Lock record %d", sequence)), d.card, stepLock, backup.LockProof,
		activities.LockProofInput{Instance: d.input.Instance, Sequence: sequence}, lockedUntil)
	if err == nil {
		return nil
	}
	f := temporalx.Failure(err)
	return failure.Wrap(f, f.Code, f.Action, "the record of the drill is not locked, which the next drill tries again: %s", f.Message)
}

// maxFailure bounds the text of an error in a record, in bytes.
const maxFailure = 2000

// failure returns the failure that ended the drill early, or nil.
func (d *drill) failure(err error) *proof.Failure {
	if err == nil {
		return nil
	}
	f := temporalx.Failure(err)
	return &proof.Failure{Phase: d.phase, Code: string(f.Code), Message: printable.Cut(f.Message, maxFailure)}
}

// restore restores the point as a real restore does, except for the name.
func (d *drill) restore(ctx workflow.Context) error {
	var restore *activities.Restore
	j, where := d.job, d.where()
	roles, err := restoreRoles(ctx, d.card, d.work, where)
	if err != nil {
		return err
	}
	restored, err := j.loadDatabase(ctx, d.card, d.work, "Restore to "+where)
	if err != nil {
		return err
	}
	published, err := step(shortActivity(ctx, "Set the properties of the database"), d.card, stepProperties, restore.PublishDatabase,
		activities.PublishInput{Work: d.work, OID: restored.OID}, noNote[activities.PublishedDatabase])
	j.work.Ignore(slices.Concat(roles.Ignored, restored.Ignored, published.Ignored))
	return err
}

// drop drops the drill's database. It has as long as a server may be away, and
// keeps other drills waiting.
func (d *drill) drop(ctx workflow.Context) {
	var restore *activities.Restore
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	d.dropped = proof.Phase{Name: proof.PhaseDrop, Begin: workflow.Now(ctx)}
	defer func() { d.dropped.End = workflow.Now(ctx) }()
	_, err := step(endActivity(ctx, "Drop the database on "+d.where()), d.card, stepDrop, restore.DropTarget, d.work, noNote[nothing])
	if err == nil {
		return
	}
	tell(ctx, events.DatabaseLeft, err, "database", d.job.unpublished)
	d.job.leave(d.work, temporalx.Failure(err).Error())
}

func (d *drill) where() string { return d.input.Drill.Server.Address() }

// endActivity is for what a drill does after every outcome. It must not be given up
// before the outage of a server is.
func endActivity(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              roleOf(ctx).Queue(),
		Summary:                summary,
		StartToCloseTimeout:    time.Hour,
		ScheduleToCloseTimeout: 26 * time.Hour,
		HeartbeatTimeout:       heartbeatTimeout,
		WaitForCancellation:    true,
		RetryPolicy:            retryPolicy(),
	})
}
