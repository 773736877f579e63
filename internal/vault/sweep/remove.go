package sweep

import (
	"context"
	"errors"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy/retention"
	"github.com/pgvault/pgvault/internal/vault"
)

// remover returns the function that carries out the decision on one point or
// orphan, unless a job or a person has come to need it since the listing.
func (s Sweeper) remover(soft instance.SoftDelete) act {
	return func(ctx context.Context, d retention.Decision, instance string) (retention.Decision, error) {
		if !d.Remove {
			return s.keep(ctx, d, instance)
		}
		if retained, err := s.retained(ctx, d, instance); retained || err != nil {
			return retention.Decision{Point: d.Point, Reason: retention.Retained, Why: "protection has been stopped since it was listed, and its points are retained for ever"}, err
		}
		err := s.delete(ctx, d, instance, soft)
		switch {
		case errors.Is(err, vault.ErrHeld):
			return retention.Decision{Point: d.Point, Reason: retention.Held, Why: "a job holds it"}, nil
		case errors.Is(err, vault.ErrKept):
			return retention.Decision{Point: d.Point, Reason: retention.NotYet, Why: "it is to be kept for longer since it was listed"}, nil
		case errors.Is(err, vault.ErrLocked):
			return retention.Decision{Point: d.Point, Reason: retention.Locked, Why: "it has been locked since it was listed"}, nil
		case errors.Is(err, vault.ErrDoubtful):
			return retention.Decision{Point: d.Point, Reason: retention.Signature, Why: err.Error()}, nil
		case errors.Is(err, vault.ErrWanted):
			return retention.Decision{Point: d.Point, Reason: retention.Running, Why: vault.ErrWanted.Error()}, nil
		}
		return d, err
	}
}

// retained reads the protection again before an expired point is removed, which
// may be long after its instance was listed. Other decisions do not depend on
// the protection.
func (s Sweeper) retained(ctx context.Context, d retention.Decision, instance string) (bool, error) {
	if d.Reason != retention.Expired {
		return false, nil
	}
	p, err := s.Vault.GetProtection(ctx, instance)
	return p.State == vault.RetainForever, err
}

func (s Sweeper) delete(ctx context.Context, d retention.Decision, instance string, soft instance.SoftDelete) error {
	switch {
	case !d.Point.Committed, d.Point.Hidden && d.Point.Deleted == nil:
		return s.Vault.DeleteOrphan(ctx, instance, d.Point.ID, s.Now(), soft.Term())
	case d.Point.Deleted != nil:
		return s.Vault.PurgeDeleted(ctx, instance, d.Point.ID, s.Now(), soft.Term())
	case d.Soft:
		now := s.Now().UTC()
		t := vault.Tombstone{At: now, Until: now.Add(soft.Term()), Reason: d.Why, Job: s.Job}
		err := s.Vault.SoftDeleteExpired(ctx, instance, d.Point.ID, t)
		if failure.CodeOf(err) == failure.RecoveryPointNotFound {
			return nil // another sweep was quicker
		}
		return err
	}
	return s.Vault.PurgeExpired(ctx, instance, d.Point.ID, s.Now())
}

func decision(instance string, d retention.Decision, blobs []string) Decision {
	listed := Decision{
		Instance: instance, Point: d.Point.ID, Remove: d.Remove, Soft: d.Soft, Archive: d.Archive, DropCopies: d.DropCopies, Reason: string(d.Reason) + ": " + d.Why,
		Doubtful: d.Reason == retention.Signature,
	}
	if !d.Point.Committed {
		listed.Blobs = blobs
	}
	return listed
}

func blobNames(p vault.Point) (names []string) {
	if p.Committed {
		return nil
	}
	for _, b := range p.Blobs {
		names = append(names, b.Name)
	}
	return names
}
