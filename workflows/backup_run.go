package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/temporalx/events"
)

// The steps of a backup on its status card.
const (
	stepPlan     = "plan"
	stepSecret   = "fetch secret"
	stepValidate = "validate"
	stepDump     = "dump"
	stepRoles    = "roles"
	stepVerify   = "verify"
	stepCommit   = "commit"
	stepLock     = "lock"
)

// BackupRun does the work of a [Backup]: fetch secret, validate, dump, verify,
// commit. The blobs of a failed run stay until a sweep deletes them, so that
// the job can be resumed at its failed step. A cancelled run deletes them, and
// so does one whose stored dump differs from the dumped bytes.
func BackupRun(ctx workflow.Context, input jobs.BackupRunInput) (jobs.BackupResult, error) {
	ctx = withRole(ctx, jobs.RoleBackup)
	j := newJob(ctx, jobs.TypeBackupRun)
	j.ref, j.trigger, j.instance = input.Job, input.Trigger, input.Instance
	result, err := backUp(ctx, j, input)
	return result, j.finish(ctx, err)
}

func backUp(ctx workflow.Context, j *job, input jobs.BackupRunInput) (jobs.BackupResult, error) {
	var backup *activities.Backup
	c := newCard(ctx, "Backup of "+input.Instance, stepPlan, stepSecret, stepValidate, stepDump, stepRoles, stepVerify, stepCommit)

	plan, err := step(shortActivity(ctx, "Read instance and policy of "+input.Instance), c, stepPlan, backup.Plan, planInput(input),
		func(p activities.BackupPlan) string {
			return "point " + p.Point
		})
	if err != nil {
		return jobs.BackupResult{}, err
	}
	j.point, j.trigger = plan.Point, plan.Trigger
	if err := j.describe(ctx, temporalx.KeyDatabase.ValueSet(plan.Instance.Database)); err != nil {
		return jobs.BackupResult{}, err
	}
	result, err := makePoint(ctx, j, c, plan)
	if err != nil && worthless(temporalx.Failure(err).Code) {
		discardPoint(ctx, plan)
	}
	if err == nil && plan.Immutability.On() {
		if j.flaw = lockPoint(ctx, c, plan); j.flaw != nil {
			result.Warnings = append(result.Warnings, j.flaw.Message)
		}
	}
	return result, err
}

// lockPoint locks the point in the storage. If that fails, the point is still a
// recovery point, which the sweep locks later. So the failure is a flaw of the
// job and does not end it.
func lockPoint(ctx workflow.Context, c *card, plan activities.BackupPlan) *failure.Error {
	var backup *activities.Backup
	c.add(ctx, stepLock)
	in := activities.LockInput{Instance: plan.Instance.Name, Point: plan.Point}
	_, err := step(shortActivity(ctx, "Lock point "+plan.Point), c, stepLock, backup.LockPoint, in, lockedUntil)
	if err == nil {
		return nil
	}
	f := temporalx.Failure(err)
	return failure.Wrap(f, f.Code, f.Action, "the recovery point is not locked, which the next sweep tries again: %s", f.Message)
}

// makePoint runs the steps: secret, validate, dump, verify, commit.
func makePoint(ctx workflow.Context, j *job, c *card, plan activities.BackupPlan) (jobs.BackupResult, error) {
	var backup *activities.Backup
	where := fmt.Sprintf("%s on %s", plan.Instance.Database, plan.Instance.Server.Host)

	signedIn, err := step(shortActivity(ctx, "Fetch the sign-in to "+where), c, stepSecret, backup.FetchSecret, plan,
		func(s activities.SignedIn) string { return s.SignIn.Kind + " " + s.SignIn.Version })
	if err != nil {
		return jobs.BackupResult{}, err
	}
	j.work = jobs.Work{Worker: signedIn.By, SignIn: signedIn.SignIn, Source: jobs.Place{Server: plan.Instance.Server.Address(), Database: plan.Instance.Database}}
	validated, err := step(shortActivity(ctx, "Validate rights on "+where), c, stepValidate, backup.Validate, plan,
		func(activities.ValidatedBackup) string { return "all checks passed" })
	if err != nil {
		return jobs.BackupResult{}, err
	}
	dump, err := step(transferActivity(ctx, "Dump "+where), c, stepDump, backup.Dump, plan,
		func(d activities.DumpResult) string { return progress.Size(d.Size) + " stored" })
	if err != nil {
		return jobs.BackupResult{}, err
	}
	j.work.Rows, j.work.Bytes = dump.Rows, dump.Size
	if dump.By.Host != "" { // otherwise an earlier attempt's dump was adopted
		j.work.Worker, j.work.SignIn = dump.By, dump.SignIn
	}
	roles, err := step(transferActivity(ctx, "Dump roles of "+plan.Instance.Server.Host), c, stepRoles, backup.DumpRoles, plan,
		func(r activities.RolesResult) string { return fmt.Sprintf("%d roles", r.Count) })
	if err != nil {
		return jobs.BackupResult{}, err
	}
	verified, err := step(transferActivity(ctx, "Read back and verify "+dump.Blob), c, stepVerify, backup.Verify, activities.VerifyInput{Plan: plan, Dump: dump.Statement, DumpSize: dump.Size},
		func(v activities.VerifyResult) string { return "sha256 " + v.SHA256[:12] + "…" })
	if err != nil {
		return jobs.BackupResult{}, err
	}
	point := activities.CommitInput{
		Plan: plan, Validated: validated.Statement, Dump: dump.Statement, Roles: roles.Statement, Verified: verified.Statement,
	}
	committed, err := step(shortActivity(ctx, "Commit point "+plan.Point), c, stepCommit, backup.Commit, point, keptTo)
	if err != nil {
		return jobs.BackupResult{}, err
	}
	return jobs.BackupResult{
		Instance: plan.Instance.Name, Point: plan.Point, Dump: dump.Blob, Bytes: dump.Size, SHA256: verified.SHA256,
		Rule: committed.Rule, ArchiveAt: committed.ArchiveAt, Expires: committed.Expires,
		Warnings: append(dump.Warnings, roles.Warnings...),
	}, nil
}

// keptTo describes the retention of a committed point: "rule Monthly, to
// archive on 2027-06-01, kept until 2029-06-01".
func keptTo(c activities.CommitResult) string {
	text := "rule " + c.Rule
	if !c.ArchiveAt.IsZero() {
		text += ", to archive on " + c.ArchiveAt.Format(time.DateOnly)
	}
	return text + ", kept until " + c.Expires.Format(time.DateOnly)
}

func planInput(input jobs.BackupRunInput) activities.PlanInput {
	return activities.PlanInput{
		Instance: input.Instance, RetentionRule: input.RetentionRule, Scheduled: input.Scheduled,
		ScheduleID: input.Trigger.ScheduleID, Job: input.Job,
	}
}

// worthless reports whether a rerun cannot use the blobs that the run has
// stored.
func worthless(code failure.Code) bool {
	return code == failure.Cancelled || code == failure.VerificationFailed
}

// discardPoint deletes the blobs of a run. The sweep deletes later what
// remains.
func discardPoint(ctx workflow.Context, plan activities.BackupPlan) {
	var prune *activities.Prune
	// The backup's own identity need not be able to delete.
	ctx = cleanupActivity(withRole(ctx, jobs.RolePrune), "Remove what the job had stored")
	if err := workflow.ExecuteActivity(ctx, prune.DiscardAttempt, plan).Get(ctx, nil); err != nil {
		tell(ctx, events.BlobsLeft, err, "point", plan.Point)
	}
}

func lockedUntil(r activities.LockResult) string {
	if r.Until.IsZero() {
		return "nothing to lock"
	}
	return "until " + r.Until.Format("2006-01-02")
}
