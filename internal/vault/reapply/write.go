package reapply

import (
	"context"
	"errors"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// Writer makes the changes of a plan. It is safe for concurrent use.
type Writer struct {
	Vault *vault.Vault
	// Policy and Assigned are the arguments of the plan.
	Policy   string
	Assigned map[string]Assigned
	// Mark has the time, job, identity and reason of the changes.
	Mark vault.Retention
	// Signer signs each change before it is made. VaultID is the ID of the vault,
	// for its statement.
	Signer  statement.Signer
	VaultID string
	Now     func() time.Time
}

// Write makes one planned change. If the point's retention has changed since
// the plan, Write plans again from the current one. ok reports whether there
// was something to change, and done is the change made.
func (w Writer) Write(ctx context.Context, p vault.Point, planned Change) (done Change, ok bool, err error) {
	for {
		to := planned.To
		to.At, to.Job, to.Identity, to.Reason = w.Mark.At, w.Mark.Job, w.Mark.Identity, w.Mark.Reason
		err := w.replace(ctx, p, to)
		if !errors.Is(err, blobstore.ErrChanged) {
			return planned, err == nil, err
		}
		p, err = w.Vault.FindPoint(ctx, p.Instance, p.ID)
		switch {
		case failure.CodeOf(err) == failure.RecoveryPointNotFound:
			return planned, false, nil // a sweep or a person was quicker
		case err != nil:
			return planned, false, err
		case w.wrote(p):
			return planned, true, nil // only the answer was lost
		}
		again := Plan([]vault.Point{p}, w.Policy, w.Assigned)
		if len(again) == 0 {
			return planned, false, nil
		}
		planned = again[0]
	}
}

// replace signs the retention first, so that a sweep never finds one that is
// shorter and not signed.
func (w Writer) replace(ctx context.Context, p vault.Point, to vault.Retention) error {
	place := statement.Place{VaultID: w.VaultID, Instance: p.Instance, Point: p.ID}
	if err := w.Vault.SignRetention(ctx, w.Signer, place, to, w.Now()); err != nil {
		return err
	}
	return w.Vault.ReplaceRetention(ctx, p, to)
}

func (w Writer) wrote(p vault.Point) bool {
	return p.Extended != nil && p.Extended.Job == w.Mark.Job && p.Extended.At.Equal(w.Mark.At)
}
