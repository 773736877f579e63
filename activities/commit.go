package activities

import (
	"context"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// CommitInput has the results of the previous steps.
type CommitInput struct {
	Plan     BackupPlan   `json:"plan"`
	Notes    []string     `json:"notes,omitempty"`
	Dump     DumpResult   `json:"dump"`
	Roles    RolesResult  `json:"roles"`
	Verified VerifyResult `json:"verified"`
}

// CommitResult is the retention in the manifest.
type CommitResult struct {
	Rule string `json:"rule,omitempty"`
	// ArchiveAt is when the dump moves to the archive tier; zero if it never does.
	ArchiveAt time.Time `json:"archiveAt,omitzero"`
	Expires   time.Time `json:"expires,omitzero"`
}

// Commit decides the retention rule of the point and writes the manifest, which
// makes the recovery point. It is create-only: another attempt finds the
// manifest of the first and returns its retention.
func (b *Backup) Commit(ctx context.Context, in CommitInput) (CommitResult, error) {
	ctx, stop := beatPhase(ctx, "writing the manifest")
	defer stop()
	recorded, err := b.commit(ctx, in)
	return CommitResult{Rule: recorded.Rule, ArchiveAt: recorded.ArchiveAt, Expires: recorded.Expires}, endCause(ctx, err)
}

func (b *Backup) commit(ctx context.Context, in CommitInput) (manifest.Retention, error) {
	decided, err := b.retention(ctx, in.Plan)
	if err != nil {
		return manifest.Retention{}, err
	}
	if err := b.Vault.CommitPoint(ctx, b.manifest(in, decided)); err != nil {
		return manifest.Retention{}, err
	}
	recorded, err := b.Vault.GetManifest(ctx, in.Plan.Instance.Name, in.Plan.Point)
	if err != nil {
		return manifest.Retention{}, err
	}
	if err := b.Vault.DropLeftovers(ctx, recorded); err != nil {
		// The point is complete without this. A policy of the container may
		// keep the blobs.
		activity.GetLogger(ctx).Warn("What earlier attempts stored beside the recovery point could not be deleted.", "point", in.Plan.Point, "error", err)
	}
	return recorded.Retention, b.Vault.DeleteLate(ctx, in.Plan.Instance.Name, in.Plan.Point, b.Now())
}

// retention decides by the existing points, so that the first point of a period
// is the first that was committed.
func (b *Backup) retention(ctx context.Context, plan BackupPlan) (manifest.Retention, error) {
	taken := policy.Backup{Time: plan.Scheduled, Scheduled: plan.Trigger.Kind == manifest.TriggerSchedule, Rule: plan.Rule}
	d, err := policy.AtCommit(plan.Instance.Policy, taken, func() ([]time.Time, error) {
		points, err := b.Vault.ListPoints(ctx, plan.Instance.Name)
		return vault.Counting(points, plan.Point), err
	})
	return manifest.Retention{
		Policy: plan.Instance.Policy.Name, Rule: d.Rule, Keep: d.Keep, ArchiveAt: d.ArchiveAt, Expires: d.Expires,
	}, err
}

func (b *Backup) manifest(in CommitInput, decided manifest.Retention) manifest.Manifest {
	plan, dump, toc := in.Plan, in.Dump, in.Verified.TOC
	return manifest.Manifest{
		FormatVersion: manifest.FormatVersion, PgvaultVersion: b.Version,
		Instance: plan.Instance.Name, PointID: plan.Point,
		ScheduledTime: plan.Scheduled, StartedAt: plan.Started, CommittedAt: b.Now().UTC(),
		Job: manifest.Job{
			WorkflowID: plan.Job.ID, RunID: plan.Job.RunID,
			Trigger: plan.Trigger.Kind, ScheduleID: plan.Trigger.ScheduleID, Identity: plan.Trigger.Identity,
		},
		Retention: decided,
		Server: manifest.Server{
			Host: plan.Instance.Server.Host, Port: plan.Instance.Server.Port,
			Version: dump.Server.Version, Major: dump.Server.Major, Standby: dump.Server.InRecovery,
		},
		SignIn:   manifest.SignIn{Kind: dump.Secret.Kind, SecretURL: dump.Secret.URL, SecretVersion: dump.Secret.Version, User: dump.Secret.User},
		Database: recordedDatabase(dump.Database),
		Tool: manifest.Tool{
			Name: "pg_dump", Version: dump.Tool.Version, Major: dump.Tool.Major,
			Format: "custom", ArchiveVersion: toc.ArchiveVersion, Compression: toc.Compression,
		},
		Dump: manifest.Dump{
			Blob: dump.Blob, Size: dump.Size, SHA256: in.Verified.SHA256, ETag: dump.ETag,
			BlocksBlob: dump.BlocksBlob, Blocks: dump.Blocks, BlocksSHA256: dump.BlocksSHA256, BlocksSize: dump.BlocksSize, StartedAt: dump.Started, EndedAt: dump.Ended,
			Method: string(dump.Layout.Method), MethodReason: dump.Layout.Reason, Connections: dump.Layout.Connections,
			TOCSize: dump.Layout.TOCSize, Pieces: dump.Layout.Pieces,
		},
		Roles: manifest.Roles{Blob: in.Roles.Blob, Size: in.Roles.Size, SHA256: in.Roles.SHA256, Count: in.Roles.Count, LeftOut: in.Roles.LeftOut},
		TOC: manifest.TOC{
			Entries: toc.Entries, Schemas: toc.Schemas, Tables: toc.Tables, TableData: toc.Data, Sequences: toc.Sequences,
			Views: toc.Views, Functions: toc.Functions, LargeObjects: toc.LargeObjects, Extensions: toc.Extensions,
		},
		Warnings: slices.Concat(dump.Warnings, in.Roles.Warnings),
		Notes:    in.Notes,
	}
}

// recordedDatabase and databaseFacts convert between the server's facts and the
// stored form, so that a change of one does not change the other unnoticed.
func recordedDatabase(f postgres.DatabaseFacts) manifest.Database {
	d := manifest.Database{
		Name: f.Name, Encoding: f.Encoding, Collate: f.Collate, Ctype: f.Ctype, LocaleProvider: f.LocaleProvider,
		ICULocale: f.ICULocale, ICURules: f.ICURules, CollationVersion: f.CollationVersion, Tablespace: f.Tablespace,
		Owner: f.Owner, Comment: f.Comment, ConnectionLimit: f.ConnectionLimit, AllowConnections: f.AllowConnections,
		IsTemplate: f.IsTemplate, ACL: f.ACL, ACLIsDefault: f.ACLIsDefault,
		SizeBytes: f.SizeBytes, Schemas: f.Schemas, Tables: f.Tables, Sequences: f.Sequences, LargeObjects: f.LargeObjects,
	}
	for _, s := range f.Settings {
		d.Settings = append(d.Settings, manifest.Setting(s))
	}
	return d
}

func databaseFacts(d manifest.Database) postgres.DatabaseFacts {
	f := postgres.DatabaseFacts{
		Name: d.Name, Encoding: d.Encoding, Collate: d.Collate, Ctype: d.Ctype, LocaleProvider: d.LocaleProvider,
		ICULocale: d.ICULocale, ICURules: d.ICURules, CollationVersion: d.CollationVersion, Tablespace: d.Tablespace,
		Owner: d.Owner, Comment: d.Comment, ConnectionLimit: d.ConnectionLimit, AllowConnections: d.AllowConnections,
		IsTemplate: d.IsTemplate, ACL: d.ACL, ACLIsDefault: d.ACLIsDefault,
		SizeBytes: d.SizeBytes, Schemas: d.Schemas, Tables: d.Tables, Sequences: d.Sequences, LargeObjects: d.LargeObjects,
	}
	for _, s := range d.Settings {
		f.Settings = append(f.Settings, postgres.Setting(s))
	}
	return f
}
