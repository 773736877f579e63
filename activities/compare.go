package activities

import (
	"context"
	"io"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// CompareRestored compares a restored database, which is not published yet, with the
// point's fingerprints. A difference is an error. It only reads.
func (r *Restore) CompareRestored(ctx context.Context, in RestoreWork) (jobs.Verified, error) {
	meter := progress.NewMeter(r.Now, "compare")
	return carry(ctx, &r.works, counted(meter), func(ctx context.Context) (jobs.Verified, error) {
		compared, err := r.compareRestored(ctx, in, meter)
		return jobs.VerifiedBy(compared), endCause(ctx, err)
	})
}

func (r *Restore) compareRestored(ctx context.Context, in RestoreWork, meter *progress.Meter) (proof.Compared, error) {
	job, m, err := r.job(ctx, in)
	if err != nil {
		return proof.Compared{}, err
	}
	f, err := r.fingerprints(m)
	if err != nil {
		return proof.Compared{}, err
	}
	compared, err := r.restorer(ctx).VerifyRows(ctx, job, r.dump(m, in.Point.From), f, meter)
	return compared, job.DiskFull(err)
}

// fingerprints returns the fingerprints of a point. It returns an error if the point
// has none.
func (r *Restore) fingerprints(m manifest.Manifest) (restore.Fingerprints, error) {
	if !m.Fingerprints.Known() {
		return restore.Fingerprints{}, failure.New(failure.FingerprintsMissing,
			"restore without --verify (target.verify), or a newer recovery point",
			"recovery point %s of %s has no fingerprints to compare with", m.PointID, m.Instance)
	}
	return r.storedFingerprints(m), nil
}

// storedFingerprints returns the fingerprints of a point that has them. They are read
// on demand.
func (r *Restore) storedFingerprints(m manifest.Manifest) restore.Fingerprints {
	return restore.Fingerprints{
		Name: "fingerprints of recovery point " + m.PointID + " of " + m.Instance,
		Open: func(ctx context.Context) (io.ReadCloser, error) { return r.Vault.OpenFingerprints(ctx, m) },
	}
}

// verified returns the outcome of comparing rows alone; nil if they were not compared.
func verified(l restore.Loaded) *jobs.Verified {
	if l.Compared == nil {
		return nil
	}
	v := jobs.VerifiedBy(*l.Compared)
	return &v
}
