package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// StatementRef identifies a stored statement.
type StatementRef struct {
	Blob string `json:"blob"`
	// SHA256 is the hash of the whole blob.
	SHA256 string `json:"sha256"`
}

// StatementName returns the name of the statement that an attempt at a point
// stores. It is unique to the attempt and the payload type.
func StatementName(instance, point, payloadType, attempt string) string {
	return statementsPrefix(instance, point, payloadType) + attempt + statementSuffix
}

// statementsPrefix returns what the names of a point's statements of a type begin
// with.
func statementsPrefix(instance, point, payloadType string) string {
	return pointPrefix(instance, point) + statementPrefix + statement.Kind(payloadType) + "-"
}

// Place returns the place of a point's statements.
func (v *Vault) Place(ctx context.Context, instance, point string) (statement.Place, error) {
	id, err := v.signedID(ctx)
	return statement.Place{VaultID: id, Instance: instance, Point: point}, err
}

// signedID returns the vault's ID as signatures name it. If there are keys, a vault
// without one is an error: what is signed without it would hold in no vault that
// has one, and the other way round.
func (v *Vault) signedID(ctx context.Context) (string, error) {
	id, err := v.ID(ctx)
	if err == nil && id == "" && v.NamesKeys() {
		err = failure.New(failure.InvalidConfiguration, "`pgvault apply -f pgvault.yaml` writes it. "+earlierVersion,
			"vault.json of vault %s does not say the vault's ID, which signatures name", v.URL())
	}
	return id, err
}

// NamesKeys reports whether the trust file names keys of manifests.
func (v *Vault) NamesKeys() bool { return len(v.trust.Signatures().Manifests) > 0 }

// NamesEvidenceKeys reports whether the trust file names keys for evidence.
func (v *Vault) NamesEvidenceKeys() bool { return len(v.trust.Signatures().Evidence) > 0 }

// PutStatement signs facts and stores them, create-only: an attempt makes one
// statement of a type.
func (v *Vault) PutStatement(ctx context.Context, s statement.Signer, name, payloadType string, facts any, meta blobstore.Meta) (StatementRef, error) {
	payload, err := json.Marshal(facts)
	if err != nil {
		return StatementRef{}, fmt.Errorf("encode %s: %w", name, err)
	}
	content, err := statement.Seal(ctx, s, payloadType, payload)
	if err != nil {
		return StatementRef{}, fmt.Errorf("sign %s: %w", name, err)
	}
	ref := StatementRef{Blob: name, SHA256: blobstore.HashOf(content)}
	if _, err := v.container.PutNew(ctx, name, content, meta); err != nil {
		return StatementRef{}, fmt.Errorf("store %s: %w", name, err)
	}
	return ref, nil
}

func (v *Vault) getStatement(ctx context.Context, ref StatementRef, payloadType string) (e statement.Envelope, keyID string, err error) {
	content, blob, err := v.container.Get(ctx, ref.Blob, maxEnvelope)
	switch {
	case err != nil && !errors.Is(err, blobstore.ErrNotFound) && !unusable(err):
		return e, "", err
	case err != nil:
		return e, "", failure.Wrap(err, failure.VerificationFailed, TakeAgain, "statement %s cannot be read", ref.Blob)
	}
	if found := blobstore.HashOf(content); found != ref.SHA256 {
		return e, "", failure.New(failure.VerificationFailed, TakeAgain, "statement %s is not the one that was stored", ref.Blob)
	}
	return v.readStatement(content, blob, payloadType)
}

// ReadStatement returns the facts in a stored statement of a step at a place. It
// returns a [failure.VerificationFailed] if another one is stored under the name,
// and a [failure.SignatureMissing] or [failure.SignatureInvalid] if the trust file
// does not accept the signature, or the statement is of another place. keyID is the
// ID of the key that signed it; empty if none did.
func ReadStatement[T statement.OfStep](ctx context.Context, v *Vault, ref StatementRef, payloadType string, place statement.Place) (facts T, keyID string, err error) {
	e, keyID, err := v.getStatement(ctx, ref, payloadType)
	if err != nil {
		return facts, "", err
	}
	facts, err = statement.Read[T](e, place)
	return facts, keyID, signatureFailure(err, ref.Blob)
}

// FindDumpStatements returns the statements of dumps that attempts of a run have
// stored, newest attempt first. Those that the trust file does not accept are
// left out, and those that are not signed too if it names keys: a later step signs
// what follows from them.
func (v *Vault) FindDumpStatements(ctx context.Context, instance, point, run string) (found []DumpStatement, err error) {
	place, err := v.Place(ctx, instance, point)
	if err != nil {
		return nil, err
	}
	for blob, err := range v.container.List(ctx, statementsPrefix(instance, point, statement.TypeDump)+ShortID(run)+"-") {
		if err != nil {
			return nil, err
		}
		content, blob, err := v.container.Get(ctx, blob.Name, maxEnvelope)
		if errors.Is(err, blobstore.ErrNotFound) || unusable(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the statement of an earlier attempt: %w", err)
		}
		e, keyID, err := v.readStatement(content, blob, statement.TypeDump)
		if err != nil || keyID == "" && v.NamesKeys() {
			continue
		}
		if d, err := statement.Read[statement.Dump](e, place); err == nil {
			found = append(found, DumpStatement{StatementRef{blob.Name, blobstore.HashOf(content)}, d})
		}
	}
	slices.SortFunc(found, func(a, b DumpStatement) int { return int(b.Dump.Attempt) - int(a.Dump.Attempt) })
	return found, nil
}

// DumpStatement is a stored statement of a dump.
type DumpStatement struct {
	Ref  StatementRef
	Dump statement.Dump
}

// TakeAgain is the remedy if what a backup has stored differs from what it has
// dumped, or a step's statement cannot be used.
const TakeAgain = "take the backup again; if it happens again, report it"

func (v *Vault) readStatement(content []byte, blob blobstore.Blob, payloadType string) (e statement.Envelope, keyID string, err error) {
	e, err = statement.Decode(content, payloadType)
	if err == nil {
		keyID, err = v.accept(e, blob.LastModified)
	}
	return e, keyID, signatureFailure(err, blob.Name)
}

// accept returns the ID of the key that signed an envelope; empty if none did, and
// none has to. The error is that of an envelope that the trust file does not
// accept.
func (v *Vault) accept(e statement.Envelope, stored time.Time) (keyID string, err error) {
	signatures := v.trust.Signatures()
	keyID, err = e.Verify(signatures.Manifests, stored)
	if errors.Is(err, statement.ErrUnsigned) && !signatures.Required {
		return "", nil
	}
	return keyID, err
}

// signatureFailure returns the failure of a step's statement whose signature is
// missing or does not hold, and nil if err is nil.
func signatureFailure(err error, blob string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, statement.ErrUnsigned):
		return failure.New(failure.SignatureMissing, TakeAgain, "statement %s: %v", blob, err)
	}
	return failure.New(failure.SignatureInvalid, TakeAgain, "statement %s: %v", blob, err)
}
