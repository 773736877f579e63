package activities

import (
	"context"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
)

// FindPointInput names a point; an empty Point means the latest restorable one.
type FindPointInput struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
}

// PointRef is a recovery point as passed between the steps of a restore.
type PointRef struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
	Database string `json:"database"`
	DumpSize int64  `json:"dumpSize"`
	// Note says that the point is accepted without a signature.
	Note string `json:"note,omitempty"`
	// Signed reports whether the point was signed when it was found. It still has
	// to be when it is read, hours later maybe.
	Signed bool `json:"signed,omitempty"`
	// From is the rehydrated copy of the dump to read; the zero value means the
	// dump itself.
	From vault.Source `json:"from,omitzero"`
}

// HoldInput names a point and the job that holds it.
type HoldInput struct {
	Point PointRef `json:"point"`
	Job   jobs.Ref `json:"job"`
}

// HeldPoint is a held point.
type HeldPoint struct {
	// Archived reports whether the dump is in the archive tier.
	Archived bool `json:"archived,omitempty"`
}

// FindPoint returns the recovery point and facts of its manifest. It only
// reads.
func (r *Restore) FindPoint(ctx context.Context, in FindPointInput) (PointRef, error) {
	ctx, stop := beatPhase(ctx, "looking for the point")
	defer stop()
	if _, err := r.Vault.GetInstance(ctx, in.Instance); err != nil {
		return PointRef{}, endCause(ctx, err)
	}
	point, err := r.findPoint(ctx, in)
	if err != nil {
		return PointRef{}, endCause(ctx, err)
	}
	ref, err := r.refOf(ctx, point)
	return ref, endCause(ctx, err)
}

// refOf returns a listed point with facts of its manifest.
func (r *Restore) refOf(ctx context.Context, point vault.Point) (PointRef, error) {
	m, signature, err := r.Vault.CheckedManifest(ctx, point.Instance, point.ID)
	if err != nil {
		return PointRef{}, err
	}
	return PointRef{Instance: m.Instance, Point: m.PointID, Database: m.Database.Name, DumpSize: m.Dump.Size, Note: signature.Note, Signed: signature.KeyID != ""}, nil
}

func (r *Restore) findPoint(ctx context.Context, in FindPointInput) (vault.Point, error) {
	if in.Point != "" {
		return r.Vault.GetPoint(ctx, in.Instance, in.Point)
	}
	return r.Vault.Latest(ctx, in.Instance)
}

// Hold protects the point from sweeps. It then checks that no sweep has begun
// to remove the point and that its dump exists. It is idempotent.
func (r *Restore) Hold(ctx context.Context, in HoldInput) (HeldPoint, error) {
	ctx, stop := beatPhase(ctx, "holding the point")
	defer stop()
	if err := r.Vault.Hold(ctx, in.Point.Instance, in.Point.Point, in.Job.ID); err != nil {
		return HeldPoint{}, endCause(ctx, err)
	}
	point, err := r.Vault.FindPoint(ctx, in.Point.Instance, in.Point.Point)
	return HeldPoint{Archived: point.Archived()}, endCause(ctx, err)
}
