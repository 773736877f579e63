package vault

import (
	"context"
	"iter"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// Point is a recovery point, or the leftovers of an attempt that never became
// one, as listed.
type Point struct {
	Instance string    `json:"instance"`
	ID       string    `json:"id"`
	Time     time.Time `json:"time"`
	// Committed reports whether there is a manifest. The fields below are set
	// for committed points.
	Committed bool `json:"committed"`
	// Good reports whether all parts exist with their recorded lengths, and the
	// dump either has the manifest's ETag or was read back successfully.
	Good bool `json:"good"`
	// Copied reports whether a dump of the recorded length exists with another
	// ETag, as after a copy of the vault, and was not read back yet. Such a
	// point can be restored, since a restore checks the bytes that it reads.
	Copied bool `json:"copied,omitempty"`
	// Damage lists the parts that are missing or have the wrong length. A point
	// with damage is neither good nor copied.
	Damage []manifest.Damage `json:"damage,omitempty"`
	// Verification is the outcome of the last read-back of the listed dump.
	Verification *Verification `json:"verification,omitempty"`
	Summary
	// Tier is the dump's access tier.
	Tier blobstore.Tier `json:"tier,omitempty"`
	// Rehydration is set while a readable copy of an archived dump exists or is
	// being made.
	Rehydration *Rehydration `json:"rehydration,omitempty"`
	// Holds are the IDs of the jobs that hold the point.
	Holds []string `json:"holds,omitempty"`
	// Extended is set if another retention replaces the manifest's. Summary has
	// the resulting one.
	Extended *Retention `json:"retention,omitempty"`
	// LockedUntil is the latest end of the locks on the point's blobs. The
	// storage refuses to delete them before it.
	LockedUntil time.Time `json:"lockedUntil,omitzero"`
	// Hidden reports whether the manifest was deleted and versions of it are left:
	// another tool than pgvault did that, or a removal was interrupted. The point's
	// expiry applies to them.
	Hidden bool `json:"-"`
	// Deleted is set while the point is soft-deleted.
	Deleted *Tombstone `json:"deleted,omitempty"`
	// Removing reports whether a sweep has begun to remove the point.
	Removing bool `json:"removing,omitempty"`
	// Works are the IDs of the workflows that wrote blobs without a manifest.
	Works []string `json:"-"`
	// Stored is the time at which the manifest was stored, by the storage's clock.
	Stored time.Time `json:"-"`
	// LastChange is the time at which the newest of the blobs was written.
	LastChange time.Time        `json:"-"`
	Blobs      []blobstore.Blob `json:"-"`
	// Earlier are the noncurrent versions of the point's blobs.
	Earlier []blobstore.Blob `json:"-"`

	lengths lengths
}

// ListPoints returns an instance's points and the leftovers of failed attempts,
// oldest first. It reads listing pages only.
func (v *Vault) ListPoints(ctx context.Context, instance string) ([]Point, error) {
	points, err := v.listPoints(ctx, instance, pointsPrefix(instance))
	return slices.DeleteFunc(points, Point.gone), err
}

// gone reports whether only noncurrent versions of the point's blobs exist.
func (p Point) gone() bool { return len(p.Blobs) == 0 }

func (v *Vault) listPoints(ctx context.Context, instance, prefix string) ([]Point, error) {
	var points []Point
	for point, err := range v.eachPoint(ctx, instance, prefix) {
		if err != nil {
			return nil, err
		}
		points = append(points, point)
	}
	return points, nil
}

// EachPoint yields everything under an instance's points, oldest first, from
// listing pages alone. It keeps one point in memory.
func (v *Vault) EachPoint(ctx context.Context, instance string) iter.Seq2[Point, error] {
	return v.eachPoint(ctx, instance, pointsPrefix(instance))
}

func (v *Vault) eachPoint(ctx context.Context, instance, prefix string) iter.Seq2[Point, error] {
	return func(yield func(Point, error) bool) {
		var point *Point
		for blob, err := range v.container.ListVersions(ctx, prefix) {
			if err != nil {
				yield(Point{}, err)
				return
			}
			id, _, ok := strings.Cut(strings.TrimPrefix(blob.Name, pointsPrefix(instance)), "/")
			if !ok {
				continue
			}
			if point != nil && point.ID != id {
				point.read()
				if !yield(*point, nil) {
					return
				}
				point = nil
			}
			if point == nil {
				point = &Point{Instance: instance, ID: id}
			}
			point.add(blob)
		}
		if point != nil {
			point.read()
			yield(*point, nil)
		}
	}
}

func (p *Point) add(blob blobstore.Blob) {
	if blob.Previous {
		p.Earlier = append(p.Earlier, blob)
		return
	}
	p.Blobs = append(p.Blobs, blob)
}

// read derives the point's state from its blobs.
func (p *Point) read() {
	// An ID that is not a time was not written by this program; it sorts first.
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
			p.Committed, p.Stored = true, blob.LastModified
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
	p.Hidden = p.Hidden && !p.Committed
	if !p.Expires.IsZero() {
		p.Expires = p.latestExpiry()
	}
	if p.Extended != nil {
		p.Expires, p.ArchiveAt = p.Extended.Expires, p.Extended.ArchiveAt
		p.Rule, p.Policy = p.Extended.Rule, p.Extended.Policy
	}
	p.judge(verified)
}

// readEarlier reads the noncurrent versions. It ignores their manifests if
// there is a current one.
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

// latestExpiry returns the latest expiry of the manifest's versions. This program
// writes a manifest once, so that a later version is somebody else's, and cannot
// shorten the point's life.
func (p *Point) latestExpiry() (latest time.Time) {
	for _, blob := range slices.Concat(p.Blobs, p.Earlier) {
		if expires := readTime(blob.Meta[metaExpires]); path.Base(blob.Name) == manifestName && expires.After(latest) {
			latest = expires
		}
	}
	return latest
}

func (p *Point) has(name string, size int64, etag string) bool {
	return slices.ContainsFunc(p.Blobs, func(b blobstore.Blob) bool {
		return b.Name == name && b.Size == size && b.ETag == etag
	})
}

// Usable reports whether the point is good and not deleted.
func (p Point) Usable() bool { return p.Good && p.Deleted == nil }

// Restorable reports whether the point can be restored: it is good or copied,
// and not deleted.
func (p Point) Restorable() bool { return (p.Good || p.Copied) && p.Deleted == nil }

// GetPoint returns one point from a listing. The error for a soft-deleted point
// says how to undelete it.
func (v *Vault) GetPoint(ctx context.Context, instance, id string) (Point, error) {
	point, err := v.FindPoint(ctx, instance, id)
	if err != nil {
		return Point{}, err
	}
	return point, point.checkNotDeleted()
}

// FindPoint returns one point from a listing, even if it is soft-deleted.
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

// Latest returns the newest point that can be restored. A copied point ranks
// like a good one: newer data is worth more, and a restore fails rather than
// load wrong bytes. If all points are deleted, the error names the newest one.
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
