package activities

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/outage"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// DumpResult describes a stored dump, not yet verified. Its facts are in its
// statement.
type DumpResult struct {
	Statement vault.StatementRef `json:"statement"`
	Blob      string             `json:"blob"`
	Size      int64              `json:"size"`
	// Rows counts the rows of tables; nil if an earlier attempt counted them.
	Rows     *int64      `json:"rows,omitempty"`
	Warnings []string    `json:"warnings,omitempty"`
	SignIn   jobs.SignIn `json:"signIn,omitzero"`
	By       jobs.Worker `json:"by,omitzero"`
}

// Dump streams the database into a blob of this attempt and commits it. An
// attempt that lost its heartbeat may run concurrently with the next one: their
// blobs have different names, and only the one named in the manifest counts. A
// dump that an earlier attempt signed and committed whole is not repeated.
func (b *Backup) Dump(ctx context.Context, plan BackupPlan) (DumpResult, error) {
	meter := progress.NewMeter(b.Now, "connect")
	return carry(ctx, &b.works, counted(meter), func(ctx context.Context) (DumpResult, error) {
		earlier, ok, err := b.adopted(ctx, plan)
		if !ok && err == nil {
			earlier, err = b.dump(ctx, plan, meter)
		}
		return earlier, endCause(ctx, err)
	})
}

func (b *Backup) dump(ctx context.Context, plan BackupPlan, meter *progress.Meter) (DumpResult, error) {
	plan, err := b.applied(ctx, plan)
	if err != nil {
		return DumpResult{}, err
	}
	step, err := b.step(ctx, plan)
	if err != nil {
		return DumpResult{}, err
	}
	names := vault.AttemptNames(plan.Instance.Name, plan.Point, attemptName(ctx))
	// Settings that are missing in the stored instance have their defaults.
	settings := plan.Instance.Dump.WithDefaults()
	dumper := dump.Dumper{Source: b.Source, Container: b.Container, Tools: b.Tools, MemoryBudget: b.MemoryBudget, Memory: b.Memory}
	var ref vault.StatementRef
	done, err := dumper.Stream(ctx, dump.Request{
		Account:          signin.OfInstance(plan.Instance),
		Blob:             names.Dump,
		BlocksBlob:       names.Blocks,
		FingerprintsBlob: names.Fingerprints,
		Meta:             attemptMeta(plan),
		EarlierSize:      b.earlierSize(ctx, plan.Instance.Name),
		StallTimeout:     settings.StallTimeout.Std(),
		Patience:         outage.Patience(ctx, outage.DefaultPatience),
		LockTimeout:      settings.LockTimeout.Std(),
		SnapshotLimit:    settings.SnapshotLimit.Std(),
		Connections:      settings.Connections,
		Statistics:       settings.Statistics,
		Compression:      dump.Compression{Algorithm: settings.Compression.Algorithm, Level: settings.Compression.Level},
		Announce: func(ctx context.Context, r dump.Result) (err error) {
			step.SignedAt = b.Now().UTC()
			ref, err = b.sign(ctx, plan, statement.TypeDump, dumped(step, plan, r, names))
			return err
		},
	}, meter)
	return DumpResult{
		Statement: ref, Blob: done.Blob.Name, Size: done.Blob.Size, Rows: &done.Rows, Warnings: done.Warnings,
		SignIn: signInOf(done.Reference), By: b.Self.worker(ctx),
	}, err
}

// earlierSize returns the size of the instance's newest dump, or 0: an estimate
// must not fail a dump.
func (b *Backup) earlierSize(ctx context.Context, instance string) int64 {
	point, err := b.Vault.Latest(ctx, instance)
	if err != nil {
		return 0
	}
	return point.DumpSize
}

// dumped returns the statement of a dump that is about to be committed.
func dumped(step statement.Step, plan BackupPlan, done dump.Result, names vault.Names) statement.Dump {
	server, signIn := done.Server, done.Reference
	return statement.Dump{
		Step: step, ScheduledTime: plan.Scheduled, StartedAt: plan.Started,
		Job: manifest.Job{
			WorkflowID: plan.Job.ID, RunID: plan.Job.RunID,
			Trigger: plan.Trigger.Kind, ScheduleID: plan.Trigger.ScheduleID, Identity: plan.Trigger.Identity,
		},
		Server: manifest.Server{
			Host: plan.Instance.Server.Host, Port: plan.Instance.Server.Port,
			Version: server.Version, Major: server.Major, Standby: server.InRecovery,
		},
		SignIn:   manifest.SignIn{Kind: signIn.Kind, SecretURL: signIn.URL, SecretVersion: signIn.Version, User: signIn.User},
		Database: recordedDatabase(done.Database),
		Tool:     manifest.Tool{Name: "pg_dump", Version: done.Tool.Version, Major: done.Tool.Major, Format: "custom"},
		Dump: manifest.Dump{
			Blob: names.Dump, Size: done.Blob.Size,
			BlocksBlob: names.Blocks, Blocks: done.Blocks, BlocksSHA256: done.BlocksSHA256, BlocksSize: done.BlocksSize,
			StartedAt: done.Started, EndedAt: done.Ended,
			Method: string(done.Layout.Method), MethodReason: done.Layout.Reason, Connections: done.Layout.Connections,
			TOCSize: done.Layout.TOCSize, Pieces: done.Layout.Pieces,
		},
		Fingerprints: manifest.Fingerprints{Blob: names.Fingerprints, Size: done.Fingerprints.Size, SHA256: done.Fingerprints.SHA256},
		Warnings:     done.Warnings,
	}
}

// attemptName returns a name that is unique among the attempts of all runs.
func attemptName(ctx context.Context) string {
	info := activity.GetInfo(ctx)
	return fmt.Sprintf("%s-%d", vault.ShortID(info.WorkflowExecution.RunID), info.Attempt)
}

// attemptMeta returns the metadata of an attempt's blobs. It names the job, so
// that the sweep can check whether the job is running.
func attemptMeta(plan BackupPlan) blobstore.Meta {
	return vault.AttemptMeta(jobs.BackupRunID(plan.Instance.Name), plan.Job.ID)
}

func signInOf(r signin.Reference) jobs.SignIn {
	return jobs.SignIn{Kind: r.Kind, URL: r.URL, Version: r.Version, User: r.User}
}
