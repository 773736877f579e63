package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/outage"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/vault"
)

// DumpResult describes a stored dump, not yet verified.
type DumpResult struct {
	Blob       string `json:"blob"`
	BlocksBlob string `json:"blocksBlob"`
	Size       int64  `json:"size"`
	ETag       string `json:"etag"`
	Blocks     int    `json:"blocks"`
	// BlocksSHA256 and BlocksSize describe the block list.
	BlocksSHA256 string                 `json:"blocksSHA256"`
	BlocksSize   int64                  `json:"blocksSize"`
	Server       postgres.ServerFacts   `json:"server"`
	Database     postgres.DatabaseFacts `json:"database"`
	Tool         ToolRef                `json:"tool"`
	Secret       SecretRef              `json:"secret"`
	Warnings     []string               `json:"warnings,omitempty"`
	Started      time.Time              `json:"started"`
	Ended        time.Time              `json:"ended"`
	Layout       dump.Layout            `json:"layout"`
}

// ToolRef is the program that wrote a dump.
type ToolRef struct {
	Major   int    `json:"major"`
	Version string `json:"version"`
}

// Dump streams the database into a blob of this attempt and commits it. An
// attempt that lost its heartbeat may run concurrently with the next one: their
// blobs have different names, and only the one named in the manifest counts. A
// dump that an earlier attempt announced and committed whole is not repeated.
func (b *Backup) Dump(ctx context.Context, plan BackupPlan) (DumpResult, error) {
	a := &announced{meter: progress.NewMeter(b.Now, "connect")}
	return carry(ctx, &b.works, &work{meter: a.meter, details: a.beat}, func(ctx context.Context) (DumpResult, error) {
		earlier, ok, err := b.adopted(ctx, plan)
		if ok || err != nil {
			return earlier, err
		}
		return b.dump(ctx, plan, a)
	})
}

func (b *Backup) dump(ctx context.Context, plan BackupPlan, a *announced) (DumpResult, error) {
	names := vault.AttemptNames(plan.Instance.Name, plan.Point, attemptName(ctx))
	// Settings that are missing in the stored instance have their defaults.
	settings := plan.Instance.Dump.WithDefaults()
	dumper := dump.Dumper{Source: b.Source, Container: b.Container, Tools: b.Tools, MemoryBudget: b.MemoryBudget}
	done, err := dumper.Stream(ctx, dump.Request{
		Account:       signin.OfInstance(plan.Instance),
		Blob:          names.Dump,
		BlocksBlob:    names.Blocks,
		Meta:          attemptMeta(plan),
		StallTimeout:  settings.StallTimeout.Std(),
		Patience:      outage.Patience(ctx, outage.DefaultPatience),
		LockTimeout:   settings.LockTimeout.Std(),
		SnapshotLimit: settings.SnapshotLimit.Std(),
		Connections:   settings.Connections,
		Statistics:    settings.Statistics,
		Compression:   dump.Compression{Algorithm: settings.Compression.Algorithm, Level: settings.Compression.Level},
		Announce:      func(ctx context.Context, r dump.Result) { a.announce(ctx, dumpResult(r, names)) },
	}, a.meter)
	if err != nil {
		return DumpResult{}, endCause(ctx, err)
	}
	return dumpResult(done, names), nil
}

func dumpResult(done dump.Result, names vault.Names) DumpResult {
	return DumpResult{
		Blob: done.Blob.Name, BlocksBlob: names.Blocks, Size: done.Blob.Size, ETag: done.Blob.ETag, Blocks: done.Blocks,
		BlocksSHA256: done.BlocksSHA256, BlocksSize: done.BlocksSize,
		Server: done.Server, Database: done.Database, Tool: ToolRef{Major: done.Tool.Major, Version: done.Tool.Version},
		Secret: secretRef(done.Reference), Warnings: done.Warnings, Started: done.Started, Ended: done.Ended,
		Layout: done.Layout,
	}
}

// attemptName returns a name that is unique among the attempts of all runs.
func attemptName(ctx context.Context) string {
	info := activity.GetInfo(ctx)
	return fmt.Sprintf(attemptPattern, vault.ShortID(info.WorkflowExecution.RunID), info.Attempt)
}

// attemptMeta returns the metadata of an attempt's blobs. It names the job, so
// that the sweep can check whether the job is running.
func attemptMeta(plan BackupPlan) blobstore.Meta {
	return vault.AttemptMeta(jobs.BackupRunID(plan.Instance.Name), plan.Job.ID)
}

func secretRef(r signin.Reference) SecretRef {
	return SecretRef{Kind: r.Kind, URL: r.URL, Version: r.Version, User: r.User}
}
