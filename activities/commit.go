package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/temporalx/events"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// CommitInput names the statements of the previous steps.
type CommitInput struct {
	Plan      BackupPlan         `json:"plan"`
	Validated vault.StatementRef `json:"validated"`
	Dump      vault.StatementRef `json:"dump"`
	Roles     vault.StatementRef `json:"roles"`
	Verified  vault.StatementRef `json:"verified"`
}

// CommitResult is the retention in the manifest.
type CommitResult struct {
	Rule string `json:"rule,omitempty"`
	// ArchiveAt is when the dump moves to the archive tier; zero if it never does.
	ArchiveAt time.Time `json:"archiveAt,omitzero"`
	Expires   time.Time `json:"expires,omitzero"`
}

// Commit decides the retention rule of the point and writes the manifest, which
// makes the recovery point. It names the newest record of the instance's drills in it.
// Every other fact of the manifest is from a signed statement of a previous step. Commit is create-only: another attempt finds the
// manifest of the first and returns its retention.
func (b *Backup) Commit(ctx context.Context, in CommitInput) (CommitResult, error) {
	ctx, stop := beatPhase(ctx, "writing the manifest")
	defer stop()
	recorded, err := b.commit(ctx, in)
	return CommitResult{Rule: recorded.Rule, ArchiveAt: recorded.ArchiveAt, Expires: recorded.Expires}, endCause(ctx, err)
}

func (b *Backup) commit(ctx context.Context, in CommitInput) (manifest.Retention, error) {
	plan, err := b.applied(ctx, in.Plan)
	if err != nil {
		return manifest.Retention{}, err
	}
	signed, signer, err := b.signed(ctx, in)
	if err != nil {
		return manifest.Retention{}, err
	}
	decided, err := b.retention(ctx, plan, signed.Dump)
	if err != nil {
		return manifest.Retention{}, err
	}
	if signed.Evidence, err = b.Vault.ProofHead(ctx, plan.Instance.Name); err != nil {
		return manifest.Retention{}, err
	}
	m, err := signed.Manifest(decided, b.Self.Version, b.Now())
	if err != nil {
		return manifest.Retention{}, failure.Wrap(err, failure.SignatureInvalid, vault.TakeAgain, "the statements of point %s do not belong together", plan.Point)
	}
	if err := b.Vault.CommitPoint(ctx, signer, m); err != nil {
		return manifest.Retention{}, err
	}
	recorded, err := b.Vault.GetManifest(ctx, in.Plan.Instance.Name, in.Plan.Point)
	if err != nil {
		return manifest.Retention{}, err
	}
	if err := b.Vault.DropLeftovers(ctx, recorded); err != nil {
		// The point is complete without this. A policy of the container may
		// keep the blobs.
		events.AttemptsLeft.Tell(activity.GetLogger(ctx), "point", in.Plan.Point, "error", err)
	}
	return recorded.Retention, b.Vault.DeleteLate(ctx, in.Plan.Instance.Name, in.Plan.Point, b.Now())
}

// retention decides by the existing points, so that the first point of a period
// is the first that was committed. The time and the trigger are those of the
// dump's statement.
func (b *Backup) retention(ctx context.Context, plan BackupPlan, signed statement.Dump) (manifest.Retention, error) {
	taken := policy.Backup{Time: signed.ScheduledTime, Scheduled: signed.Job.Trigger == manifest.TriggerSchedule, Rule: plan.Rule}
	d, err := policy.AtCommit(plan.Instance.Policy, taken, func() ([]time.Time, error) {
		points, err := b.Vault.ListPoints(ctx, plan.Instance.Name)
		return vault.Counting(points, plan.Point), err
	})
	return manifest.Retention{
		Policy: plan.Instance.Policy.Name, Rule: d.Rule, Keep: d.Keep, ArchiveAt: d.ArchiveAt, Expires: d.Expires,
	}, err
}

// signed reads the statements of the previous steps. signer signs the manifest:
// not at all if one of them is not signed, since a signature would make its facts
// those of the job.
func (b *Backup) signed(ctx context.Context, in CommitInput) (s statement.Signed, signer statement.Signer, err error) {
	place, err := b.Vault.Place(ctx, in.Plan.Instance.Name, in.Plan.Point)
	if err != nil {
		return s, nil, err
	}
	r := statements{vault: b.Vault, place: place, signed: true}
	read(ctx, &r, in.Validated, statement.TypeValidation, &s.Validation)
	read(ctx, &r, in.Dump, statement.TypeDump, &s.Dump)
	read(ctx, &r, in.Roles, statement.TypeRoles, &s.Roles)
	read(ctx, &r, in.Verified, statement.TypeVerification, &s.Verification)
	s.DumpStatement = in.Dump.SHA256
	if !r.signed {
		return s, statement.Unsigned{}, r.err
	}
	return s, statement.Patient{Signer: b.Signer}, r.err
}

// statements reads the statements of one point, until one cannot be read.
type statements struct {
	vault *vault.Vault
	place statement.Place
	// signed reports whether all of them are signed.
	signed bool
	err    error
}

func read[T statement.OfStep](ctx context.Context, r *statements, ref vault.StatementRef, payloadType string, into *T) {
	if r.err != nil {
		return
	}
	var keyID string
	*into, keyID, r.err = vault.ReadStatement[T](ctx, r.vault, ref, payloadType, r.place)
	r.signed = r.signed && keyID != ""
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
