package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/clock"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// input is the argument of an activity. It is not trusted. Any client with the
// right to start workflows in the namespace can run any activity with any
// input.
type input interface {
	// check returns an error if the input is malformed, or names an object of
	// another job to write or delete.
	check(ctx context.Context) error
}

// inputInterceptor checks the input of every activity before it runs.
type inputInterceptor struct {
	interceptor.WorkerInterceptorBase
}

// NewInputInterceptor returns the interceptor that checks the input of
// activities. It rejects an input whose type has no check.
func NewInputInterceptor() interceptor.WorkerInterceptor { return &inputInterceptor{} }

// InterceptActivity adds the input check to an activity.
func (i *inputInterceptor) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &checked{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

type checked struct {
	interceptor.ActivityInboundInterceptorBase
}

// ExecuteActivity executes an activity whose input is valid.
func (c *checked) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	for _, arg := range in.Args {
		if err := checkInput(ctx, arg); err != nil {
			return nil, err
		}
	}
	return c.Next.ExecuteActivity(ctx, in)
}

func checkInput(ctx context.Context, arg any) error {
	switch in := arg.(type) {
	case input:
		return in.check(ctx)
	case jobs.Record:
		return checkRecord(ctx, in)
	case jobs.NotifyInput:
		return in.Check()
	}
	return failure.New(failure.Internal, "report it", "an activity's input of type %T has no check", arg)
}

func (in InstanceRef) check(context.Context) error { return jobs.CheckInstance(in.Instance) }

func (in PlanInput) check(ctx context.Context) error {
	if err := jobs.CheckInstance(in.Instance); err != nil {
		return err
	}
	return checkParent(ctx, in.Job)
}

func (plan BackupPlan) check(ctx context.Context) error {
	if err := checkOwnPoint(ctx, plan.Instance.Name, plan.Point); err != nil {
		return err
	}
	if err := plan.checkTime(activity.GetInfo(ctx).StartedTime); err != nil {
		return err
	}
	if kind := plan.Trigger.Kind; kind != manifest.TriggerSchedule && kind != manifest.TriggerOnDemand {
		return foreign("it names the trigger %q", kind)
	}
	if err := checkDefinition(plan.Instance); err != nil {
		return err
	}
	return checkParent(ctx, plan.Job)
}

// checkTime returns an error if the time of the plan is not that in the point's
// ID, by which points are ordered, or has not come. A point of the future would
// be the latest one, and be kept, until then. now is the server's time.
func (plan BackupPlan) checkTime(now time.Time) error {
	at, err := vault.ParsePointTime(plan.Point)
	if err != nil || !at.Equal(plan.Scheduled) {
		return foreign("it names the time %s for point %q", plan.Scheduled.UTC().Format(time.RFC3339), plan.Point)
	}
	if at.After(now.Add(clock.Tolerance)) {
		return foreign("the time of point %q has not come", plan.Point)
	}
	return nil
}

// checkDefinition checks the parts of an instance's definition that decide
// where a step connects and how it signs in.
func checkDefinition(i instance.Instance) error {
	for field, err := range map[string]error{
		"server": i.Server.Validate(), "signIn": i.SignIn.Validate(), "database": instance.CheckDatabase(i.Database), "dump": i.Dump.Validate(),
	} {
		if err != nil {
			return failure.New(failure.InvalidInput, "correct pgvault.yaml and: pgvault apply -f pgvault.yaml", "instance %q: %s: %v", i.Name, field, err)
		}
	}
	return nil
}

func (in VerifyInput) check(ctx context.Context) error {
	if err := in.Plan.check(ctx); err != nil {
		return err
	}
	return checkAttemptBlobs(in.Plan, in.Dump.Blob)
}

func (in CommitInput) check(ctx context.Context) error {
	if err := in.Plan.check(ctx); err != nil {
		return err
	}
	return checkAttemptBlobs(in.Plan, in.Validated.Blob, in.Dump.Blob, in.Roles.Blob, in.Verified.Blob)
}

func checkAttemptBlobs(plan BackupPlan, blobs ...string) error {
	for _, name := range blobs {
		if !vault.OfAttempt(plan.Instance.Name, plan.Point, name) {
			return foreign("it names blob %q, which belongs to no attempt at point %q of instance %q", name, plan.Point, plan.Instance.Name)
		}
	}
	return nil
}

func checkRecord(ctx context.Context, r jobs.Record) error {
	if r.Instance != "" {
		if err := jobs.CheckInstance(r.Instance); err != nil {
			return err
		}
	}
	job := jobs.Ref{ID: r.ID, RunID: r.RunID}
	own := checkOwnJob(ctx, job)
	if own == nil || r.Operation != jobs.TypeBackup && r.Operation != jobs.TypeDrill {
		return own
	}
	return checkParent(ctx, job)
}

func (in LockProofInput) check(context.Context) error {
	if in.Sequence < 1 {
		return failure.New(failure.InvalidInput, "give the number of a record, from 1", "field \"sequence\" cannot be %d", in.Sequence)
	}
	return jobs.CheckInstance(in.Instance)
}

func (in LockInput) check(context.Context) error { return jobs.CheckPoint(in.Instance, in.Point) }

func (in SweepPagesInput) check(ctx context.Context) error {
	if in.Pages < 1 || in.From.Stretch < 0 {
		return failure.New(failure.InvalidInput, "start a sweep with: pgvault sweep", "a stretch of %d pages, after %d others", in.Pages, in.From.Stretch)
	}
	return checkOwnJob(ctx, in.Job)
}

func (in PointChange) check(ctx context.Context) error {
	if err := jobs.CheckPoint(in.Instance, in.Point); err != nil {
		return err
	}
	return checkOwnJob(ctx, in.Job)
}

func (in ProtectionChange) check(ctx context.Context) error {
	if err := jobs.CheckInstance(in.Instance); err != nil {
		return err
	}
	if !in.State.Known() {
		return failure.New(failure.InvalidInput, "start the job by `pgvault stop` or `pgvault resume`", "there is no state of protection %q", in.State)
	}
	return checkOwnJob(ctx, in.Job)
}

func (in ReapplyInput) check(ctx context.Context) error {
	if err := jobs.CheckInstance(in.Instance); err != nil {
		return err
	}
	return checkOwnJob(ctx, in.Job)
}
