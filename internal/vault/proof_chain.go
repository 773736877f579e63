package vault

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/proof/chain"
)

// VerifyProofs verifies the records of an instance's drills against the keys of the
// trust file, each other, and the manifests of the instance's points. It calls give for
// each record that can be read, in their order.
func (v *Vault) VerifyProofs(ctx context.Context, instance string, give func(chain.Record)) (chain.Result, error) {
	all, err := v.ListProofs(ctx, instance)
	if err != nil {
		return chain.Result{}, err
	}
	id, err := v.signedID(ctx)
	if err != nil {
		return chain.Result{}, err
	}
	verifier := chain.New(chain.Place{VaultID: id, Instance: instance}, v.trust.Signatures())
	for _, p := range all {
		stored, err := v.storedProof(ctx, p)
		if err != nil {
			return chain.Result{}, err
		}
		if r, ok := verifier.Add(stored); ok {
			give(r)
		}
	}
	anchors, notes, err := v.anchors(ctx, instance)
	if err != nil {
		return chain.Result{}, err
	}
	result := verifier.End(anchors)
	result.Notes = append(result.Notes, notes...)
	return result, nil
}

func (v *Vault) storedProof(ctx context.Context, p StoredProof) (chain.Stored, error) {
	stored := chain.Stored{Sequence: p.Sequence, At: p.At, Changed: p.Changed && !p.Deleted(), Deleted: p.Deleted()}
	if p.Deleted() {
		return stored, nil
	}
	var err error
	stored.Content, err = v.ReadProof(ctx, p)
	if failure.CodeOf(err) == failure.VaultDamaged {
		stored.Unreadable = err.Error()
		return stored, nil
	}
	return stored, err
}

// anchorsAtOnce is the number of manifests that are read concurrently.
const anchorsAtOnce = 8

// anchors returns the records that the manifests of an instance's points name. notes
// name the points whose manifests cannot be used.
func (v *Vault) anchors(ctx context.Context, instance string) (anchors []chain.Anchor, notes []string, err error) {
	points, err := v.ListPoints(ctx, instance)
	if err != nil {
		return nil, nil, err
	}
	points = slices.DeleteFunc(points, func(p Point) bool { return !p.Committed })
	found := make([]*chain.Anchor, len(points))
	said := make([]string, len(points))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(anchorsAtOnce)
	for i := range points {
		group.Go(func() (err error) {
			found[i], said[i], err = v.anchor(ctx, instance, points[i].ID)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, fmt.Errorf("read the manifests of %s: %w", instance, err)
	}
	for i := range points {
		if found[i] != nil {
			anchors = append(anchors, *found[i])
		}
		if said[i] != "" {
			notes = append(notes, said[i])
		}
	}
	return anchors, notes, nil
}

func (v *Vault) anchor(ctx context.Context, instance, point string) (found *chain.Anchor, note string, err error) {
	m, _, err := v.CheckedManifest(ctx, instance, point)
	switch failure.CodeOf(err) {
	case "":
	case failure.RecoveryPointNotFound:
		return nil, "", nil // it was removed since it was listed
	case failure.SignatureInvalid, failure.SignatureMissing, failure.VerificationFailed, failure.InvalidConfiguration:
		return nil, fmt.Sprintf("the manifest of point %s names no record: %v", point, err), nil
	}
	if err != nil || m.Evidence == nil {
		return nil, "", err
	}
	return &chain.Anchor{Point: point, At: m.CommittedAt, Sequence: m.Evidence.Sequence, SHA256: m.Evidence.SHA256}, "", nil
}
