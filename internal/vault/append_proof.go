package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/chain"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// ProofRef identifies a stored record of a drill.
type ProofRef struct {
	Blob     string `json:"blob"`
	Sequence int    `json:"sequence"`
	// SHA256 is the hash of the whole blob.
	SHA256 string `json:"sha256"`
	// KeyID is the key that signed the record; empty if none did.
	KeyID string `json:"keyID,omitempty"`
}

// appendAttempts bounds how often a record gives way to others that are appended at
// the same time.
const appendAttempts = 10

// AppendProof signs the record of a drill and stores it, create-only, at the end of
// its instance's chain. It sets the record's format version, vault, sequence and
// previous hash. The record of the same workflow run is not stored twice: the
// reference to the stored one is returned.
func (v *Vault) AppendProof(ctx context.Context, s statement.Signer, r proof.Record) (ProofRef, error) {
	var err error
	if r.VaultID, err = v.signedID(ctx); err != nil {
		return ProofRef{}, err
	}
	r.FormatVersion = proof.FormatVersion
	for range appendAttempts {
		ref, err := v.appendProof(ctx, s, r)
		if !errors.Is(err, blobstore.ErrExists) && !errors.Is(err, blobstore.ErrChanged) && !errors.Is(err, blobstore.ErrNotFound) {
			return ref, err
		}
	}
	return ProofRef{}, failure.New(failure.Internal, "", "others append records of drills of %s at the same time; it is tried again", r.Instance)
}

func (v *Vault) appendProof(ctx context.Context, s statement.Signer, r proof.Record) (ProofRef, error) {
	all, err := v.ListProofs(ctx, r.Instance)
	if err != nil {
		return ProofRef{}, err
	}
	if ref, found, err := v.ofRun(ctx, all, r); found || err != nil {
		return ref, err
	}
	if r.Sequence, r.Previous, err = v.next(ctx, all); err != nil {
		return ProofRef{}, err
	}
	payload, err := json.Marshal(r)
	if err != nil {
		return ProofRef{}, fmt.Errorf("encode the record of a drill: %w", err)
	}
	envelope, err := statement.Sign(ctx, s, statement.TypeProof, payload)
	if err != nil {
		return ProofRef{}, fmt.Errorf("sign the record of a drill: %w", err)
	}
	content, err := envelope.Encode()
	if err != nil {
		return ProofRef{}, err
	}
	ref := proofRef(ProofName(r.Instance, r.Sequence), r.Sequence, content, envelope)
	if _, err := v.container.PutNew(ctx, ref.Blob, content, proofMeta(r)); err != nil {
		return ProofRef{}, fmt.Errorf("store the record of a drill: %w", err)
	}
	return ref, nil
}

func proofRef(name string, sequence int, content []byte, e statement.Envelope) ProofRef {
	ref := ProofRef{Blob: name, Sequence: sequence, SHA256: blobstore.HashOf(content)}
	if len(e.Signatures) > 0 {
		ref.KeyID = e.Signatures[0].KeyID
	}
	return ref
}

// ofRun returns the record that an earlier attempt of the same run has stored. The
// metadata names the run, and the content decides: who can write blobs can write
// metadata too.
func (v *Vault) ofRun(ctx context.Context, all []StoredProof, r proof.Record) (ref ProofRef, found bool, err error) {
	for _, p := range all {
		if p.Deleted() || p.Changed || p.run != r.Job.RunID {
			continue
		}
		content, err := v.ReadProof(ctx, p)
		if failure.CodeOf(err) == failure.VaultDamaged {
			continue
		}
		if err != nil {
			return ref, false, err
		}
		e, stored, err := v.openProof(content, p.At, p.Sequence, chain.Place{VaultID: r.VaultID, Instance: r.Instance})
		if err == nil && stored.Job.RunID == r.Job.RunID && stored.Job.WorkflowID == r.Job.WorkflowID {
			return proofRef(p.Current.Name, p.Sequence, content, e), true, nil
		}
	}
	return ref, false, nil
}

// AcceptEvidence returns an error unless the trust file accepts an envelope of a
// drill's step at a time. Without keys for evidence, it accepts all.
func (v *Vault) AcceptEvidence(e statement.Envelope, at time.Time) error {
	keys := v.trust.Signatures().Evidence
	if len(keys) == 0 {
		return nil
	}
	_, err := e.Verify(keys, at)
	return err
}

// openProof returns the record in the content of a blob that the storage got at a
// time. It returns an error unless the record was written for the sequence and the
// chain, and is signed if the trust file names keys.
func (v *Vault) openProof(content []byte, at time.Time, sequence int, of chain.Place) (e statement.Envelope, r proof.Record, err error) {
	if e, err = statement.Decode(content, statement.TypeProof); err != nil {
		return e, r, err
	}
	if err := v.AcceptEvidence(e, at); err != nil {
		return e, r, err
	}
	if err := json.Unmarshal(e.Payload, &r); err != nil {
		return e, r, fmt.Errorf("%w: it is not the record of a drill: %w", statement.ErrInvalid, err)
	}
	if r.VaultID != of.VaultID || r.Instance != of.Instance || r.Sequence != sequence {
		return e, r, fmt.Errorf("%w: it was signed as record %d of instance %.200q in vault %.80q", statement.ErrInvalid, r.Sequence, r.Instance, r.VaultID)
	}
	return e, r, nil
}

// next returns the sequence of the next record and the hash of the one before. A
// deleted record keeps its sequence, so that its place stays empty.
func (v *Vault) next(ctx context.Context, all []StoredProof) (sequence int, previous string, err error) {
	all = chained(all)
	if len(all) == 0 {
		return 1, "", nil
	}
	sequence = all[len(all)-1].Sequence + 1
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Deleted() {
			continue
		}
		content, err := v.ReadProof(ctx, all[i])
		return sequence, blobstore.HashOf(content), err
	}
	return sequence, "", nil
}

// ProofHead returns the newest record of an instance's drills that the trust file
// accepts, which a new manifest signs; nil if there is none. What others have written
// in its place prevents no backup.
func (v *Vault) ProofHead(ctx context.Context, instance string) (*manifest.Evidence, error) {
	all, err := v.ListProofs(ctx, instance)
	if failure.CodeOf(err) == failure.VaultDamaged {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	id, err := v.signedID(ctx)
	if err != nil {
		return nil, err
	}
	all = chained(all)
	for i, tries := len(all)-1, 0; i >= 0 && tries < headTries; i-- {
		if all[i].Deleted() {
			continue
		}
		tries++
		content, err := v.ReadProof(ctx, all[i])
		if failure.CodeOf(err) == failure.VaultDamaged {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the newest record of a drill: %w", err)
		}
		if _, _, err := v.openProof(content, all[i].At, all[i].Sequence, chain.Place{VaultID: id, Instance: instance}); err != nil {
			continue
		}
		return &manifest.Evidence{Sequence: all[i].Sequence, SHA256: blobstore.HashOf(content)}, nil
	}
	return nil, nil
}

// headTries bounds how many records a backup reads that are not accepted.
const headTries = 8
