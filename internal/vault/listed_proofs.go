package vault

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"strings"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/proof/chain"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// ListedProof is the record of a drill in a listing of those of all instances.
type ListedProof struct {
	Instance string
	Sequence int
	ProofSummary
	blob blobstore.Blob
}

// EachProof yields the records of the drills of all instances, those of an instance
// in their order, up to the first gap of more than [maxGap] numbers. It reads listing
// pages only and keeps none of them.
func (v *Vault) EachProof(ctx context.Context) iter.Seq2[ListedProof, error] {
	return func(yield func(ListedProof, error) bool) {
		before := map[string]int{}
		for b, err := range v.container.List(ctx, proofsRoot) {
			if err != nil {
				yield(ListedProof{}, fmt.Errorf("list the records of drills: %w", err))
				return
			}
			p := ListedProof{Instance: strings.TrimPrefix(path.Dir(b.Name), proofsRoot)}
			var ok bool
			if p.Sequence, ok = parseProofName(p.Instance, b.Name); !ok || p.Sequence-before[p.Instance] > maxGap {
				continue
			}
			before[p.Instance] = p.Sequence
			p.ProofSummary = readProofSummary(b)
			b.Meta = nil
			if p.blob = b; !yield(p, nil) {
				return
			}
		}
	}
}

// BeginDrills stores that drills have begun in the vault, before the first one has made
// a database. It is idempotent.
func (v *Vault) BeginDrills(ctx context.Context) error {
	_, err := v.container.PutNew(ctx, drillsName, []byte("{}\n"), nil)
	if err != nil && !errors.Is(err, blobstore.ErrExists) {
		return fmt.Errorf("store that drills have begun: %w", err)
	}
	return nil
}

// HasDrills reports whether drills have begun in the vault.
func (v *Vault) HasDrills(ctx context.Context) (bool, error) {
	page, _, err := v.container.ListPage(ctx, proofsRoot, "", 1)
	return len(page) > 0, err
}

// PointProofs returns the newest record about each point of an instance, by the ID
// of the point.
func (v *Vault) PointProofs(ctx context.Context, instance string) (map[string]ProofSummary, error) {
	all, err := v.ListProofs(ctx, instance)
	if err != nil {
		return nil, err
	}
	newest := make(map[string]ProofSummary, len(all))
	for _, p := range chained(all) {
		if !p.Deleted() {
			newest[p.Point] = p.ProofSummary
		}
	}
	return newest, nil
}

// lookAtChain is the remedy if the record of a drill is not what a drill has stored.
func lookAtChain(instance string) string {
	return "`pgvault proof verify " + instance + "` tells which records are true; the next drill makes a new one"
}

// CheckProof returns a [failure.SignatureMissing] or a [failure.SignatureInvalid] if
// the content of a listed record does not say what its metadata say, or is not signed
// by a key of evidence in the trust file. Without such keys there is no signature to
// check. vaultID is the vault's ID, which a caller who checks many records knows.
func (v *Vault) CheckProof(ctx context.Context, vaultID string, p ListedProof) error {
	content, err := v.readBounded(ctx, p.blob, maxProof)
	switch {
	case unreadable(err):
		return failure.Wrap(err, failure.SignatureInvalid, lookAtChain(p.Instance), "record %s cannot be read", p.blob.Name)
	case err != nil:
		return fmt.Errorf("read the newest record of a drill: %w", err)
	}
	return proofFailure(v.checkProof(content, vaultID, p), p)
}

func (v *Vault) checkProof(content []byte, vaultID string, p ListedProof) error {
	_, r, err := v.openProof(content, p.blob.LastModified, p.Sequence, chain.Place{VaultID: vaultID, Instance: p.Instance})
	if err != nil {
		return err
	}
	if found := readProofSummary(blobstore.Blob{Meta: proofMeta(r), LastModified: p.blob.LastModified}); found != p.ProofSummary {
		return fmt.Errorf("%w: it does not say what its metadata say", statement.ErrInvalid)
	}
	return nil
}

// proofFailure returns the failure of a record, and nil if err is nil.
func proofFailure(err error, p ListedProof) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, statement.ErrUnsigned):
		return failure.New(failure.SignatureMissing, lookAtChain(p.Instance), "record %s: %v", p.blob.Name, err)
	}
	return failure.New(failure.SignatureInvalid, lookAtChain(p.Instance), "record %s: %v", p.blob.Name, err)
}
