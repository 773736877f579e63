package survey

import (
	"context"
	"errors"
	"time"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/internal/vault"
)

// readProofs lists the records of all drills once, and keeps some of each instance.
func readProofs(ctx context.Context, v *vault.Vault) (map[string]estate.Proofs, error) {
	all := map[string]estate.Proofs{}
	for listed, err := range v.EachProof(ctx) {
		if err != nil {
			return nil, err
		}
		proofs := all[listed.Instance]
		proofs.Add(listed)
		all[listed.Instance] = proofs
	}
	return all, nil
}

// checkNewest reads the newest record of an instance and sets Doubt if it is not
// accepted.
func (r reader) checkNewest(ctx context.Context, proofs *estate.Proofs) error {
	if proofs.Last == nil {
		return nil
	}
	err := r.vault.CheckProof(ctx, r.id, *proofs.Last)
	var refused *failure.Error
	if !errors.As(err, &refused) || refused.Code != failure.SignatureInvalid && refused.Code != failure.SignatureMissing {
		return err
	}
	proofs.Doubt = refused.Summary()
	return nil
}

// scrubRules returns the rules of a vault's scrubs; nil if there are none.
func scrubRules(s *instance.Scrub, now time.Time) *scrub.Rules {
	if s == nil {
		return nil
	}
	return &scrub.Rules{Now: now, Every: s.Every}
}
