package activities

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/preflight"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// Backup has the steps of a backup. Its identity reads secrets and the vault,
// and writes to the vault.
type Backup struct {
	Vault     *vault.Vault
	Container *blobstore.Container
	Source    signin.Source
	Tools     []pgtools.Installation
	// Temporal is queried for the starter of a job.
	Temporal client.Client
	// MemoryBudget bounds the buffers of one dump or verification, in bytes.
	MemoryBudget int64
	// Memory is shared by all jobs of the worker.
	Memory *memory.Budget
	// Signer signs statements.
	Signer statement.Signer
	Self   Self
	Now    func() time.Time

	works carrier
}

// Plan decides what the steps of a backup have in common. It only reads.
func (b *Backup) Plan(ctx context.Context, in PlanInput) (BackupPlan, error) {
	ctx, stop := beatPhase(ctx, "reading the instance")
	defer stop()
	plan, err := b.plan(ctx, in)
	return plan, endCause(ctx, err)
}

func (b *Backup) plan(ctx context.Context, in PlanInput) (BackupPlan, error) {
	instance, err := b.Vault.GetInstance(ctx, in.Instance)
	if err != nil {
		return BackupPlan{}, err
	}
	protection, err := b.Vault.GetProtection(ctx, in.Instance)
	if err == nil {
		err = protection.Refuse(in.Instance)
	}
	if err != nil {
		return BackupPlan{}, err
	}
	if err := namesRule(instance, in.RetentionRule); err != nil {
		return BackupPlan{}, err
	}
	trigger, err := b.trigger(ctx, in)
	if err != nil {
		return BackupPlan{}, err
	}
	immutability, err := b.immutability(ctx)
	if err != nil {
		return BackupPlan{}, err
	}
	own, err := ownStart(ctx)
	if err != nil {
		return BackupPlan{}, err
	}
	scheduled := in.Scheduled.UTC().Truncate(time.Second)
	return BackupPlan{
		Instance: instance, Rule: in.RetentionRule,
		Point: vault.PointID(scheduled, own.OriginalRun), Scheduled: scheduled, Started: b.Now().UTC(),
		Trigger: trigger, Job: in.Job, Immutability: immutability,
	}, nil
}

// namesRule returns an error if the instance's policy does not have the rule.
func namesRule(instance instance.Instance, name string) error {
	if _, ok := instance.Policy.Rule(name); ok || name == "" {
		return nil
	}
	return failure.New(failure.RetentionRuleNotFound,
		"name one of the policy's rules: "+strings.Join(instance.Policy.RuleNames(), ", "),
		"policy %q of instance %q has no retention rule %q", instance.Policy.Name, instance.Name, name)
}

// trigger returns what started the job.
func (b *Backup) trigger(ctx context.Context, in PlanInput) (jobs.Trigger, error) {
	trigger := jobs.Trigger{Kind: manifest.TriggerOnDemand, ScheduleID: in.ScheduleID}
	if in.ScheduleID != "" {
		trigger.Kind = manifest.TriggerSchedule
	}
	var err error
	trigger.Identity, err = startedBy(ctx, b.Temporal, in.Job)
	return trigger, err
}

// applied returns the plan with the instance as it is applied now. The plan
// comes from the job's input, which must not decide what is dumped under the
// instance's name and how long it is kept.
func (b *Backup) applied(ctx context.Context, plan BackupPlan) (BackupPlan, error) {
	current, err := b.Vault.GetInstance(ctx, plan.Instance.Name)
	plan.Instance = current
	return plan, err
}

// FetchSecret checks that the instance's secret can be read, and returns its
// current version. It only reads; later steps read the secret again.
func (b *Backup) FetchSecret(ctx context.Context, plan BackupPlan) (SignedIn, error) {
	ctx, stop := beatPhase(ctx, "fetching the secret")
	defer stop()
	plan, err := b.applied(ctx, plan)
	if err != nil {
		return SignedIn{}, endCause(ctx, err)
	}
	target, reference, err := signin.Resolve(ctx, b.Source, signin.OfInstance(plan.Instance))
	if err != nil {
		return SignedIn{}, endCause(ctx, err)
	}
	if _, err := target.Password(ctx); err != nil {
		return SignedIn{}, endCause(ctx, err)
	}
	return SignedIn{SignIn: signInOf(reference), By: b.Self.worker(ctx)}, nil
}

// ValidatedBackup is the result of the checks before a backup.
type ValidatedBackup struct {
	Statement vault.StatementRef `json:"statement"`
}

// Validate runs all checks and returns all findings in one error. It signs the
// notes, so that a backup that cannot be signed fails before its dump.
func (b *Backup) Validate(ctx context.Context, plan BackupPlan) (ValidatedBackup, error) {
	ctx, stop := beatPhase(ctx, "checking")
	defer stop()
	validated, err := b.validate(ctx, plan)
	return validated, endCause(ctx, err)
}

func (b *Backup) validate(ctx context.Context, plan BackupPlan) (ValidatedBackup, error) {
	plan, err := b.applied(ctx, plan)
	if err != nil {
		return ValidatedBackup{}, err
	}
	report := b.check(ctx, plan.Instance)
	if err := report.Err(); err != nil {
		return ValidatedBackup{}, err
	}
	step, err := b.step(ctx, plan)
	if err != nil {
		return ValidatedBackup{}, err
	}
	ref, err := b.sign(ctx, plan, statement.TypeValidation, statement.Validation{Step: step, Notes: report.Notes})
	return ValidatedBackup{Statement: ref}, err
}

// Inspect runs the same checks and returns the findings as its result.
func (b *Backup) Inspect(ctx context.Context, in InstanceRef) (jobs.ValidateResult, error) {
	ctx, stop := beatPhase(ctx, "checking")
	defer stop()
	instance, err := b.Vault.GetInstance(ctx, in.Instance)
	if err == nil {
		err = checkDefinition(instance)
	}
	if err != nil {
		return jobs.ValidateResult{}, endCause(ctx, err)
	}
	report := b.check(ctx, instance)
	b.checkLocks(ctx, &report)
	report.Add("storage", b.Vault.CheckStorage(ctx))
	// The findings of interrupted checks are only those of the interruption.
	return validation(report), endCause(ctx, ctx.Err())
}

func (b *Backup) check(ctx context.Context, instance instance.Instance) preflight.Report {
	checker := preflight.Checker{Source: b.Source, Container: b.Container, Tools: b.Tools, MemoryBudget: b.MemoryBudget}
	report := checker.Check(ctx, instance, vault.InstancePrefix(instance.Name))
	b.checkSigning(ctx, &report)
	return report
}

// checkLocks checks whether points can be locked. A backup does not run it: it
// tries to lock its point, which remains a point if that fails.
func (b *Backup) checkLocks(ctx context.Context, report *preflight.Report) {
	immutability, err := b.immutability(ctx)
	if err == nil && immutability.On() {
		err = b.Vault.ProbeLocks(ctx)
	}
	report.Add("immutability", err)
}

func validation(r preflight.Report) jobs.ValidateResult {
	v := jobs.ValidateResult{Findings: r.Findings, Role: r.Role, Notes: r.Notes}
	if r.Grants != nil {
		v.GrantsRead = true
		v.MissingSQL, v.ReadAllDataSQL = bounded(r.Grants.SQL()), bounded(r.Grants.ReadAllDataSQL())
	}
	return v
}

// maxSQL bounds the statements in a job's result, in bytes: a payload may have
// 2 MiB. With --apply the command queries the database itself, without a bound.
const maxSQL = 512 << 10

func bounded(statements []string) []string {
	size := 0
	for i, s := range statements {
		if size += len(s); size > maxSQL {
			return append(statements[:i:i], fmt.Sprintf("-- and %d more: run these and ask again, or let `pgvault grants --apply` run them all", len(statements)-i))
		}
	}
	return statements
}
