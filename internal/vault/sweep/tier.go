package sweep

import (
	"context"
	"errors"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/policy/retention"
	"github.com/pgvault/pgvault/internal/vault"
)

// keep does what there is to do for a point that is kept: its dump moves to the
// archive tier, and copies of it go that nothing counts on. What a job has
// come to need since the listing is left as it is.
func (s Sweeper) keep(ctx context.Context, d retention.Decision, instance string) (retention.Decision, error) {
	if d.Archive {
		err := s.Vault.Archive(ctx, instance, d.Point.ID)
		if d.Archive = err == nil; !d.Archive {
			d.Why += ", but not now: " + err.Error()
		}
		if err := passOver(err); err != nil {
			return d, err
		}
	}
	if d.DropCopies {
		err := s.Vault.DropCopies(ctx, instance, d.Point.ID, s.Now())
		d.DropCopies = err == nil
		if err := passOver(err); err != nil {
			return d, err
		}
	}
	return d, nil
}

// passOver returns the errors that end a sweep. An account that knows no archive
// tier does not: what is to be deleted has to be deleted all the same.
func passOver(err error) error {
	if errors.Is(err, vault.ErrHeld) || errors.Is(err, vault.ErrNotNow) || failure.CodeOf(err) == failure.ArchiveTierNotSupported {
		return nil
	}
	return err
}
