package vault

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// Point is what one listing says of a recovery point, or of what is left of an
// attempt that never became one.
type Point struct {
	Instance string    `json:"instance"`
	ID       string    `json:"id"`
	Time     time.Time `json:"time"`
	// Committed reports whether there is a manifest. The fields below hold for such points.
	Committed bool `json:"committed"`
	// Good reports that all its parts are there too, with their lengths, and the dump
	// with either the manifest's ETag or one that was read back and found right.
	Good bool `json:"good"`
	// Copied reports that a dump of the manifest's length is there with another
	// ETag, as after a copy of the vault, and that it was not read back yet. It can
	// be restored: a restore checks the bytes it reads.
	Copied bool `json:"copied,omitempty"`
	// Damage is what the listing shows of parts that are missing, or of another
	// length. A point with damage is neither good nor copied.
	Damage []manifest.Damage `json:"damage,omitempty"`
	// Verification is the outcome of the last read-back of the dump that is listed.
	Verification *Verification `json:"verification,omitempty"`
	Summary
	// Tier is the dump's access tier.
	Tier blobstore.Tier `json:"tier,omitempty"`
	// Rehydration is set while there is a readable copy of an archived dump, or
	// while it is in the making.
	Rehydration *Rehydration `json:"rehydration,omitempty"`
	// Holds are the IDs of the jobs that hold the point.
	Holds []string `json:"holds,omitempty"`
	// Extended is set where another retention has taken the place of the
	// manifest's; the summary shows it.
	Extended *Retention `json:"retention,omitempty"`
	// LockedUntil is the latest end of the locks on its blobs, until which the
	// storage refuses to delete them.
	LockedUntil time.Time `json:"lockedUntil,omitzero"`
	// Hidden reports whether the manifest of a point was deleted by other means than
	// this program. Versions of it are left; its expiry is theirs.
	Hidden bool `json:"-"`
	// Deleted is set while the point is soft-deleted.
	Deleted *Tombstone `json:"deleted,omitempty"`
	// Removing reports whether a sweep has begun to remove it.
	Removing bool `json:"removing,omitempty"`
	// Works are the IDs of the workflows that wrote what has no manifest.
	Works []string `json:"-"`
	// LastChange is when the newest of its blobs was written.
	LastChange time.Time        `json:"-"`
	Blobs      []blobstore.Blob `json:"-"`
	// Earlier are versions of its blobs that are not the current ones.
	Earlier []blobstore.Blob `json:"-"`

	lengths lengths
}

// ListPoints lists everything under an instance's points, oldest first, from
// listing pages alone.
func (v *Vault) ListPoints(ctx context.Context, instance string) ([]Point, error) {
	points, err := v.listPoints(ctx, instance, pointsPrefix(instance))
	return slices.DeleteFunc(points, Point.gone), err
}

// gone reports whether only earlier versions of a point exist.
func (p Point) gone() bool { return len(p.Blobs) == 0 }

func (v *Vault) listPoints(ctx context.Context, instance, prefix string) ([]Point, error) {
	var points []Point
	for blob, err := range v.container.ListVersions(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		id, _, ok := strings.Cut(strings.TrimPrefix(blob.Name, pointsPrefix(instance)), "/")
		if !ok {
			continue
		}
		if len(points) == 0 || points[len(points)-1].ID != id {
			points = append(points, Point{Instance: instance, ID: id})
		}
		points[len(points)-1].add(blob)
	}
	for i := range points {
		points[i].read()
	}
	return points, nil
}

func (p *Point) add(blob blobstore.Blob) {
	if blob.Previous {
		p.Earlier = append(p.Earlier, blob)
		return
	}
	p.Blobs = append(p.Blobs, blob)
}

// read finds out from a point's blobs what it is.
func (p *Point) read() {
	// A name that is no time is not of this program's making; it sorts first.
	p.Time, _ = ParsePointTime(p.ID)
	p.readEarlier()
	var verified *Verification
	for _, blob := range p.Blobs {
		if blob.LastModified.After(p.LastChange) {
			p.LastChange = blob.LastModified
		}
		name := path.Base(blob.Name)
		switch {
		case name == manifestName:
			p.Committed = true
			p.Summary, p.lengths = readSummary(blob.Meta), readLengths(blob.Meta)
		case name == removalName:
			p.Removing = true
		case name == tombstoneName:
			p.Deleted = readTombstone(blob)
		case name == retentionName:
			p.Extended = readRetention(blob)
		case name == rehydrationName:
			p.Rehydration = readRehydration(blob)
		case name == verificationName:
			verified = readVerification(blob)
		case strings.HasPrefix(name, holdPrefix):
			p.Holds = append(p.Holds, decoded(blob.Meta[metaJob]))
		}
		if work := decoded(blob.Meta[metaWork]); work != "" && !slices.Contains(p.Works, work) {
			p.Works = append(p.Works, work)
		}
	}
	p.Hidden = p.Hidden && !p.Committed && !p.Removing
	if p.Extended != nil {
		p.Expires, p.ArchiveAt = p.Extended.Expires, p.Extended.ArchiveAt
		p.Rule, p.Policy = p.Extended.Rule, p.Extended.Policy
	}
	p.judge(verified)
}

// readEarlier reads what the listing says of versions that are not current. A
// current manifest takes the place of what an earlier one says.
func (p *Point) readEarlier() {
	for _, blob := range p.Earlier {
		if blob.LastModified.After(p.LastChange) {
			p.LastChange = blob.LastModified
		}
		if path.Base(blob.Name) == manifestName {
			p.Hidden, p.Summary = true, readSummary(blob.Meta)
		}
	}
	for _, blob := range slices.Concat(p.Blobs, p.Earlier) {
		if (locksPoint(blob) || p.gone()) && blob.Policy.Until.After(p.LockedUntil) {
			p.LockedUntil = blob.Policy.Until
		}
	}
}

func (p *Point) has(name string, size int64, etag string) bool {
	return slices.ContainsFunc(p.Blobs, func(b blobstore.Blob) bool {
		return b.Name == name && b.Size == size && b.ETag == etag
	})
}

// Usable reports whether the point is good and not deleted.
func (p Point) Usable() bool { return p.Good && p.Deleted == nil }

// Restorable reports whether the point can be restored: it is not deleted, and
// good or copied.
func (p Point) Restorable() bool { return (p.Good || p.Copied) && p.Deleted == nil }

// GetPoint lists one point. One that is soft-deleted is an error that tells how
// to bring it back.
func (v *Vault) GetPoint(ctx context.Context, instance, id string) (Point, error) {
	point, err := v.FindPoint(ctx, instance, id)
	if err != nil {
		return Point{}, err
	}
	return point, point.checkNotDeleted()
}

// FindPoint lists one point, be it soft-deleted or not.
func (v *Vault) FindPoint(ctx context.Context, instance, id string) (Point, error) {
	points, err := v.listPoints(ctx, instance, pointPrefix(instance, id))
	if err != nil {
		return Point{}, err
	}
	if len(points) == 0 || !points[0].Committed || points[0].Removing {
		return Point{}, noPoint(instance, id)
	}
	return points[0], nil
}

// Latest returns the newest point that can be restored. A copied point counts
// like a good one: what is newer is worth more, and a restore that meets wrong
// bytes fails rather than to load them. Where all are deleted, the error names
// the newest of those.
func (v *Vault) Latest(ctx context.Context, instance string) (Point, error) {
	points, err := v.ListPoints(ctx, instance)
	if err != nil {
		return Point{}, err
	}
	var deleted error
	for _, p := range slices.Backward(points) {
		if p.Restorable() {
			return p, nil
		}
		if err := p.checkNotDeleted(); deleted == nil && (p.Good || p.Copied) && failure.CodeOf(err) == failure.RecoveryPointDeleted {
			deleted = err
		}
	}
	if deleted != nil {
		return Point{}, deleted
	}
	return Point{}, noneYet(instance)
}

func noneYet(instance string) error {
	return failure.New(failure.RecoveryPointNotFound, "pgvault backup "+instance, "instance %q has no recovery point yet", instance)
}

func noPoint(instance, id string) error {
	return failure.New(failure.RecoveryPointNotFound, "`pgvault points "+instance+"` lists the points there are",
		"instance %q has no recovery point %q", instance, id)
}
