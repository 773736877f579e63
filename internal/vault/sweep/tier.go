package sweep

import (
	"context"
	"errors"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/policy/retention"
	"github.com/pgvault/pgvault/internal/vault"
)

// keep moves the dump of a kept point to the archive tier and deletes unused
// copies of it, as decided. It skips what a job has come to need since the
// listing.
func (s Sweeper) keep(ctx context.Context, d retention.Decision, instance string) (retention.Decision, error) {
	if d.Point.Removing {
		if err := s.Vault.ClearRemoval(ctx, instance, d.Point.ID, s.Now()); err != nil {
			return d, err
		}
	}
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

// passOver returns err if it must end the sweep. An account without an archive
// tier does not: deletions must still happen.
func passOver(err error) error {
	if errors.Is(err, vault.ErrHeld) || errors.Is(err, vault.ErrNotNow) || failure.CodeOf(err) == failure.ArchiveTierNotSupported {
		return nil
	}
	return err
}
