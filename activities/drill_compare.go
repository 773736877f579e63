package activities

import (
	"context"
	"fmt"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// CompareRows reads every table of the drill's database back and compares it with
// the point's fingerprints. It only reads.
func (r *Restore) CompareRows(ctx context.Context, in RestoreWork) (DrillFinding, error) {
	return r.find(ctx, in, proof.PhaseRows, func(ctx context.Context, d drilled, m *progress.Meter) (f finding, note string, err error) {
		if f.ServerVersion, err = r.serverVersion(ctx, d.job.Account); err != nil {
			return f, "", err
		}
		if !d.manifest.Fingerprints.Known() {
			f.Compared.Omit("rows: the recovery point has no fingerprints")
			return f, "the recovery point has no fingerprints", nil
		}
		f.Compared, err = r.restorer(ctx).CompareRows(ctx, d.job, r.dump(d.manifest, in.Point.From), r.storedFingerprints(d.manifest), m)
		return f, comparedNote(fmt.Sprintf("%d tables, %d rows", f.Compared.Tables, f.Compared.Rows), f.Compared), err
	})
}

// CompareDefinitions compares the definitions of the drill's database with those of
// the dump. It may load the definitions a second time, into a database of its own.
func (r *Restore) CompareDefinitions(ctx context.Context, in RestoreWork) (DrillFinding, error) {
	return r.find(ctx, in, proof.PhaseDefinitions, func(ctx context.Context, d drilled, m *progress.Meter) (f finding, note string, err error) {
		f.Compared, err = r.restorer(ctx).CompareDefinitions(ctx, d.job, r.dump(d.manifest, in.Point.From), m)
		return f, comparedNote(fmt.Sprintf("%d definitions", f.Compared.Definitions), f.Compared), err
	})
}

func comparedNote(what string, c proof.Compared) string {
	if differences := len(c.Differences) + c.MoreDifferences; differences > 0 {
		what += fmt.Sprintf(", %d differences", differences)
	}
	if omitted := len(c.NotProven) + c.MoreNotProven; omitted > 0 {
		what += fmt.Sprintf(", %d not proven", omitted)
	}
	return what
}

// drilled is the restored database of a drill, and its point.
type drilled struct {
	job      restore.Job
	manifest manifest.Manifest
}

// find runs a phase of a drill that looks at the restored database, and signs what
// it has found. Another attempt starts from the beginning.
func (r *Restore) find(ctx context.Context, in RestoreWork, phase string, look func(context.Context, drilled, *progress.Meter) (finding, string, error)) (DrillFinding, error) {
	if err := in.ofDrill(); err != nil {
		return DrillFinding{}, err
	}
	meter := progress.NewMeter(r.Now, phase)
	return carry(ctx, &r.works, counted(meter), func(ctx context.Context) (DrillFinding, error) {
		begin := r.begun(phase)
		job, m, err := r.job(ctx, in)
		if err != nil {
			return DrillFinding{}, endCause(ctx, err)
		}
		f, note, err := look(ctx, drilled{job: job, manifest: m}, meter)
		if err != nil {
			return DrillFinding{}, endCause(ctx, job.DiskFull(err))
		}
		f.Phase = begin
		found, err := r.sign(ctx, in, f, note)
		return found, endCause(ctx, err)
	})
}

func (r *Restore) serverVersion(ctx context.Context, account signin.Account) (string, error) {
	session, err := signin.Open(ctx, r.Source, account)
	if err != nil {
		return "", err
	}
	defer session.Close(ctx)
	server, err := postgres.ReadServer(ctx, session.Conn)
	if err != nil {
		return "", postgres.Classify(err, session.Target)
	}
	return server.Version, nil
}
