package activities

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/vault"
)

// PointsToReadInput is a request for the points that a verification reads.
type PointsToReadInput struct {
	Instance string `json:"instance"`
	// Point is the only point to read; empty means the latest restorable one.
	Point string `json:"point,omitempty"`
	// All selects every committed point that is not deleted, newest first.
	All bool `json:"all,omitempty"`
	// Before is the last point of the previous page; Limit bounds the number of
	// points.
	Before string `json:"before,omitempty"`
	Limit  int    `json:"limit"`
}

// PointsToRead is a page of the points that a verification reads.
type PointsToRead struct {
	Points []PointToRead `json:"points"`
	// More reports whether there are further points.
	More bool `json:"more,omitempty"`
	// Total counts all points from the first one on, and Bytes is the length of
	// their dumps.
	Total int   `json:"total"`
	Bytes int64 `json:"bytes"`
}

// PointToRead is a point and the length of its dump.
type PointToRead struct {
	Point    string `json:"point"`
	DumpSize int64  `json:"dumpSize"`
}

// PointsToRead returns a page of the points to read. It only reads listings.
func (r *Restore) PointsToRead(ctx context.Context, in PointsToReadInput) (PointsToRead, error) {
	ctx, stop := beatPhase(ctx, "listing the points")
	defer stop()
	if _, err := r.Vault.GetInstance(ctx, in.Instance); err != nil {
		return PointsToRead{}, endCause(ctx, err)
	}
	points, err := r.pointsToRead(ctx, in)
	if err != nil {
		return PointsToRead{}, endCause(ctx, err)
	}
	var found PointsToRead
	for _, p := range slices.Backward(points) {
		if in.Before != "" && p.ID >= in.Before {
			continue
		}
		found.Total++
		found.Bytes += max(p.DumpSize, 0)
		if found.More = found.Total > in.Limit; !found.More {
			found.Points = append(found.Points, PointToRead{Point: p.ID, DumpSize: max(p.DumpSize, 0)})
		}
	}
	return found, nil
}

func (r *Restore) pointsToRead(ctx context.Context, in PointsToReadInput) ([]vault.Point, error) {
	if !in.All {
		p, err := r.findPoint(ctx, FindPointInput{Instance: in.Instance, Point: in.Point})
		return []vault.Point{p}, err
	}
	points, err := r.Vault.ListPoints(ctx, in.Instance)
	points = slices.DeleteFunc(points, func(p vault.Point) bool { return !p.Committed || p.Removing || p.Deleted != nil })
	if err == nil && len(points) == 0 {
		err = failure.New(failure.RecoveryPointNotFound, "pgvault backup "+in.Instance, "instance %q has no recovery point to verify", in.Instance)
	}
	return points, err
}

// VerifyPointInput is a request to read a point.
type VerifyPointInput struct {
	Instance string   `json:"instance"`
	Point    string   `json:"point"`
	DumpSize int64    `json:"dumpSize"`
	Job      jobs.Ref `json:"job"`
}

// readBeat is a heartbeat of VerifyPoint. It shows progress, and the next
// attempt resumes from it.
type readBeat struct {
	progress.Snapshot
	SoFar vault.ReadSoFar `json:"soFar"`
}

// VerifyPoint reads a stored point back and records the outcome beside it.
// Damage is a result, not a failure. It resumes from the last attempt's
// heartbeat.
func (r *Restore) VerifyPoint(ctx context.Context, in VerifyPointInput) (jobs.VerifiedPoint, error) {
	meter := progress.NewMeter(r.Now, in.Point)
	meter.Expect(in.DumpSize)
	soFar := newLatest(lastRead(ctx))
	meter.Resume(soFar.get().Checkpoint.Bytes)
	w := &work{meter: meter, details: func() any { return readBeat{Snapshot: meter.Snapshot(), SoFar: soFar.get()} }}
	return carry(ctx, &r.works, w, func(ctx context.Context) (jobs.VerifiedPoint, error) {
		return r.verifyPoint(ctx, in, meter, soFar)
	})
}

func (r *Restore) verifyPoint(ctx context.Context, in VerifyPointInput, meter *progress.Meter, soFar *latest[vault.ReadSoFar]) (jobs.VerifiedPoint, error) {
	read := vault.ReadBack{
		Instance: in.Instance, Point: in.Point, Job: in.Job.ID, Now: r.Now, Budget: r.MemoryBudget, From: soFar.get(),
		Moved: meter.Touch, Reached: func(now vault.ReadSoFar) {
			meter.Add(now.Checkpoint.Bytes - meter.Bytes())
			soFar.set(now)
		},
	}
	var outcome vault.Verification
	job := memory.Job{Name: "the read-back of recovery point " + in.Point, Meter: meter}
	err := r.Memory.Run(ctx, job, blobstore.VerifyMemory(r.MemoryBudget, blobstore.ListLength(in.DumpSize)), func(ctx context.Context, _ *memory.Share) (err error) {
		outcome, err = r.Vault.ReadBack(ctx, read)
		return err
	})
	switch {
	case errors.Is(err, blobstore.ErrArchived):
		return jobs.VerifiedPoint{State: jobs.PointArchived}, nil
	case errors.Is(err, vault.ErrGone):
		return jobs.VerifiedPoint{State: jobs.PointGone}, nil
	case err != nil:
		return jobs.VerifiedPoint{}, endCause(ctx, err)
	case outcome.Outcome == vault.OutcomeGood:
		return jobs.VerifiedPoint{State: jobs.PointGood, Note: outcome.Note}, nil
	}
	found := jobs.VerifiedPoint{State: jobs.PointDamaged, More: outcome.More, Note: outcome.Note}
	for _, d := range outcome.Damage {
		found.Damage = append(found.Damage, vault.FullName(d, in.Instance, in.Point))
	}
	return found, nil
}

// lastRead returns the progress of the previous attempt. It ignores details of
// another version of this program.
func lastRead(ctx context.Context) vault.ReadSoFar {
	var raw json.RawMessage
	var last readBeat
	if !activity.HasHeartbeatDetails(ctx) || activity.GetHeartbeatDetails(ctx, &raw) != nil || json.Unmarshal(raw, &last) != nil {
		return vault.ReadSoFar{}
	}
	return last.SoFar
}
