package activities

import (
	"context"
	"errors"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/outage"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// Restore has the steps of a restore and of the verification of stored points.
// Its identity reads the vault, writes holds and verification results to it,
// and reads the secrets of target servers.
type Restore struct {
	Vault  *vault.Vault
	Source signin.Source
	Tools  []pgtools.Installation
	// OpenContainer opens the container that files are restored to.
	OpenContainer func(containerURL string) (*blobstore.Container, error)
	// Signer signs the evidence of drills.
	Signer statement.Signer
	// MemoryBudget bounds the buffers of a read-back, in bytes.
	MemoryBudget int64
	// Memory is shared by all jobs of the worker.
	Memory *memory.Budget
	Self   Self
	Now    func() time.Time
	// ReadChecks returns the content of a file of checks.
	ReadChecks func(name string) ([]byte, error)
	// Random returns a random number below n.
	Random func(n int) int

	works carrier
}

// discardLimit bounds the removal of a database that no attempt waits for.
const discardLimit = time.Minute

// RestoreWork is what the steps of a restore as a database have in common.
type RestoreWork struct {
	Point  PointRef           `json:"point"`
	Target jobs.RestoreTarget `json:"target"`
	// Drill is the target of a drill, and Target is then empty.
	Drill *instance.Drill `json:"drill,omitempty"`
	// WithoutDump reports whether the dump cannot be read yet. The target is
	// then checked without it.
	WithoutDump bool `json:"withoutDump,omitempty"`
}

// RestoredRoles is the result of restoring roles.
type RestoredRoles struct {
	Statements int      `json:"statements"`
	Ignored    []string `json:"ignored,omitempty"`
}

// RestoredDatabase is a complete database that is not published yet. It has no
// OID if only rows were loaded, into an existing database.
type RestoredDatabase struct {
	OID     uint32   `json:"oid"`
	Ignored []string `json:"ignored,omitempty"`
	// Notes list additional objects that were restored and objects that were
	// left out.
	Notes []string `json:"notes,omitempty"`
	// Rows counts the rows that were loaded; nil if an earlier attempt loaded them.
	Rows *int64 `json:"rows,omitempty"`
	// Verified is the outcome of comparing rows alone; nil if they were not compared,
	// or by an earlier attempt.
	Verified *jobs.Verified `json:"verified,omitempty"`
	// Bytes is the length of the dump that was read.
	Bytes int64 `json:"bytes"`
	SignedIn
}

// PublishInput is a request to publish a database.
type PublishInput struct {
	Work RestoreWork `json:"work"`
	OID  uint32      `json:"oid"`
}

// PublishedDatabase lists the properties that could not be restored.
type PublishedDatabase struct {
	Ignored []string `json:"ignored,omitempty"`
}

// CheckTarget returns the reason why the restore would fail. It only reads.
func (r *Restore) CheckTarget(ctx context.Context, work RestoreWork) (SignedIn, error) {
	ctx, stop := beatPhase(ctx, "checking the target")
	defer stop()
	job, m, err := r.job(ctx, work)
	if err != nil {
		return SignedIn{}, endCause(ctx, err)
	}
	if work.Drill != nil {
		if _, err := r.checksOf(*work.Drill); err != nil {
			return SignedIn{}, endCause(ctx, err)
		}
	}
	if work.Target.Verify {
		prints, err := r.fingerprints(m)
		if err != nil {
			return SignedIn{}, endCause(ctx, err)
		}
		job.Fingerprints = &prints
	}
	dump := r.dump(m, work.Point.From)
	if work.WithoutDump {
		dump.Open = nil
	}
	check := r.restorer(ctx).CheckTarget
	if job.Into != nil {
		check = r.restorer(ctx).CheckInto
	}
	reference, err := check(ctx, job, dump)
	return SignedIn{SignIn: signInOf(reference), By: r.Self.worker(ctx)}, endCause(ctx, err)
}

// RestoreDatabase loads the dump into a database that only this job uses, or
// tables into schemas of an existing one that only this job uses. Each attempt
// first drops those of the previous one. Rows alone are loaded into an existing
// database, in one transaction, which an earlier attempt may have committed.
func (r *Restore) RestoreDatabase(ctx context.Context, in RestoreWork) (RestoredDatabase, error) {
	meter := progress.NewMeter(r.Now, "connect")
	t := earlierTransactions(ctx)
	w := &work{meter: meter, details: func() any { return t.beat(meter) }}
	return carry(ctx, &r.works, w, func(ctx context.Context) (RestoredDatabase, error) {
		loaded, err := r.load(ctx, in, t, meter)
		return RestoredDatabase{
			OID: loaded.OID, Ignored: loaded.Ignored, Notes: loaded.Notes, Rows: loaded.Rows, Bytes: meter.Bytes(), Verified: verified(loaded),
			SignedIn: SignedIn{SignIn: signInOf(loaded.Reference), By: r.Self.worker(ctx)},
		}, endCause(ctx, err)
	})
}

func (r *Restore) load(ctx context.Context, in RestoreWork, t *transactions, meter *progress.Meter) (restore.Loaded, error) {
	job, m, err := r.job(ctx, in)
	if err != nil {
		return restore.Loaded{}, err
	}
	dump := r.dump(m, in.Point.From)
	if in.Target.Verify && (in.Target.RowsOnly() || job.Into != nil) {
		f, err := r.fingerprints(m)
		if err != nil {
			return restore.Loaded{}, err
		}
		job.Fingerprints = &f
	}
	if job.Into != nil {
		return r.loadInto(ctx, job, dump, meter)
	}
	if in.Drill != nil {
		if err := r.Vault.BeginDrills(ctx); err != nil {
			return restore.Loaded{}, err
		}
	}
	if !in.Target.RowsOnly() {
		loaded, err := r.restorer(ctx).Load(ctx, job, dump, meter)
		if errors.Is(context.Cause(ctx), errForsaken) {
			return loaded, r.discard(ctx, job, loaded)
		}
		return loaded, err
	}
	attempts := restore.Attempts{Earlier: t.all(), Announce: func(ctx context.Context, transaction string) error {
		return t.announce(ctx, transaction, meter)
	}}
	return r.restorer(ctx).LoadRows(ctx, job, dump, attempts, meter)
}

// discard drops a loaded database that no attempt will join. The job's own
// clean-up may have run before the database was created.
func (r *Restore) discard(ctx context.Context, job restore.Job, loaded restore.Loaded) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), discardLimit)
	defer cancel()
	return r.restorer(ctx).Discard(ctx, job, loaded.OID)
}

// PublishDatabase sets the database's properties and renames it. By the OID it
// recognizes a database that an earlier attempt has published.
func (r *Restore) PublishDatabase(ctx context.Context, in PublishInput) (PublishedDatabase, error) {
	ctx, stop := beatPhase(ctx, "publishing")
	defer stop()
	job, _, err := r.job(ctx, in.Work)
	if err != nil {
		return PublishedDatabase{}, endCause(ctx, err)
	}
	ignored, err := r.restorer(ctx).Publish(ctx, job, in.OID)
	return PublishedDatabase{Ignored: ignored}, endCause(ctx, job.DiskFull(err))
}

// DropTarget drops the job's own database, and its own schemas in an existing one,
// and never another.
func (r *Restore) DropTarget(ctx context.Context, work RestoreWork) error {
	ctx, stop := beatPhase(ctx, "dropping the database")
	defer stop()
	job, _, err := r.job(ctx, work)
	if err != nil {
		return endCause(ctx, err)
	}
	if work.Drill != nil {
		if err := r.restorer(ctx).Drop(ctx, job.Again()); err != nil {
			return endCause(ctx, err)
		}
	}
	if job.Into != nil {
		return endCause(ctx, r.restorer(ctx).DropInto(ctx, job))
	}
	return endCause(ctx, r.restorer(ctx).Drop(ctx, job))
}

func (r *Restore) restorer(ctx context.Context) restore.Restorer {
	return restore.Restorer{Source: r.Source, Tools: r.Tools, Memory: r.Memory, Patience: outage.Patience(ctx, outage.DefaultPatience)}
}
