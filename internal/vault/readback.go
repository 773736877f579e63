package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// ReadSoFar is the progress of a read-back; the zero value is its beginning.
type ReadSoFar struct {
	// Verification holds the ETag of the dump and the damage found in it so far.
	Verification Verification         `json:"verification"`
	Checkpoint   blobstore.Checkpoint `json:"checkpoint"`
}

// ReadBack is a read-back of one point.
type ReadBack struct {
	Instance, Point string
	// Job is the workflow ID of the reading job, for the record.
	Job string
	Now func() time.Time
	// Budget bounds the buffers, in bytes.
	Budget int64
	// From is the progress of an earlier attempt.
	From ReadSoFar
	// Moved is called whenever bytes arrive, and Reached after each block.
	Moved   func()
	Reached func(ReadSoFar)
}

// ReadBack reads a point's manifest, roles file, fingerprints, block list and every
// block of its dump. It records the outcome beside the point and returns it. Damage is
// an outcome, not an error. ReadBack returns [blobstore.ErrArchived] if the dump is in
// the archive tier, and [ErrGone] if the point no longer exists.
func (v *Vault) ReadBack(ctx context.Context, r ReadBack) (Verification, error) {
	p, err := v.currentPoint(ctx, Point{Instance: r.Instance, ID: r.Point})
	switch {
	case err != nil:
		return Verification{}, err
	case p.Deleted != nil:
		return Verification{}, ErrGone
	case p.Archived():
		return Verification{}, blobstore.ErrArchived
	}
	outcome, err := v.readBack(ctx, p, r)
	if err != nil {
		return Verification{}, err
	}
	outcome.At, outcome.Job = r.Now().UTC().Truncate(time.Second), r.Job
	return outcome, v.putVerification(ctx, p, outcome)
}

// currentPoint lists a point again. It returns [ErrGone] if the point no longer
// exists.
func (v *Vault) currentPoint(ctx context.Context, p Point) (Point, error) {
	now, err := v.FindPoint(ctx, p.Instance, p.ID)
	if failure.CodeOf(err) == failure.RecoveryPointNotFound {
		return Point{}, ErrGone
	}
	return now, err
}

func (v *Vault) readBack(ctx context.Context, p Point, r ReadBack) (Verification, error) {
	dump, _ := p.listedDump()
	outcome := Verification{ETag: dump.ETag, Outcome: OutcomeGood}
	m, err := v.readManifest(ctx, p, &outcome)
	if err != nil || m == nil {
		return outcome, err
	}
	if err := v.readSmall(ctx, m.Roles.Blob, &outcome, func() error { _, err := v.ReadRoles(ctx, *m); return err }); err != nil {
		return outcome, err
	}
	if m.Fingerprints.Known() {
		err = v.readSmall(ctx, m.Fingerprints.Blob, &outcome, func() error { return v.checkFingerprints(ctx, m.Fingerprints, remedy(*m), r.Moved) })
	}
	if err != nil {
		return outcome, err
	}
	// Without its list the dump is read as one block, whose hash is in the
	// manifest.
	blocks := []blobstore.Block{{Size: m.Dump.Size, SHA256: m.Dump.SHA256}}
	err = v.readSmall(ctx, m.Dump.BlocksBlob, &outcome, func() error {
		listed, err := v.ReadBlocks(ctx, *m)
		if err == nil {
			blocks = listed
		}
		return err
	})
	if err != nil {
		return outcome, err
	}
	return outcome, v.readDump(ctx, *m, dump, blocks, r, &outcome)
}

// readManifest returns nil if the manifest does not describe what to read, or if
// the trust file does not accept it.
func (v *Vault) readManifest(ctx context.Context, p Point, outcome *Verification) (*manifest.Manifest, error) {
	name := pointPrefix(p.Instance, p.ID) + manifestName
	content, _, err := v.container.Get(ctx, name, maxJSON)
	switch {
	case errors.Is(err, blobstore.ErrNotFound):
		return nil, ErrGone
	case errors.Is(err, blobstore.ErrTooLong):
		outcome.found(name, maxJSON, 0, manifest.WhatLength)
		return nil, nil
	case err != nil && !unusable(err):
		return nil, fmt.Errorf("read the manifest: %w", err)
	}
	m, ok := decodesAs(content, p)
	if !ok {
		outcome.found(name, 0, 0, manifest.WhatUnread)
		return nil, nil
	}
	sig, err := v.checkSignature(ctx, p.Instance, p.ID, content)
	switch code := failure.CodeOf(err); {
	case code == failure.SignatureInvalid, code == failure.SignatureMissing:
		outcome.found(name, 0, 0, manifest.WhatSignature)
		return nil, nil
	case err != nil:
		return nil, err
	}
	outcome.Note = sig.Note
	if m.Dump.Blob != p.DumpBlob || m.Dump.Size != p.DumpSize || m.Dump.BlocksSHA256 != p.BlocksSHA256 || m.Dump.SHA256 != p.SHA256 {
		outcome.found(name, 0, 0, manifest.WhatMetadata)
	}
	return &m, nil
}

// decodesAs decodes a manifest and reports whether it describes the point.
func decodesAs(content []byte, p Point) (manifest.Manifest, bool) {
	m, err := decodeManifest(content, p.Instance, p.ID)
	return m, err == nil
}

// readSmall reads and checks a small blob of the point by calling read.
func (v *Vault) readSmall(ctx context.Context, name string, outcome *Verification, read func() error) error {
	err := read()
	switch {
	case failure.CodeOf(err) != failure.VerificationFailed:
		return err
	case errors.Is(err, blobstore.ErrNotFound):
		outcome.found(name, 0, 0, manifest.WhatMissing)
	default:
		outcome.found(name, 0, 0, manifest.WhatBytes)
	}
	return nil
}

// readDump compares the dump with its blocks. It resumes where an earlier
// attempt at the same dump stopped.
func (v *Vault) readDump(ctx context.Context, m manifest.Manifest, dump blobstore.Blob, blocks []blobstore.Block, r ReadBack, outcome *Verification) error {
	switch {
	case dump.Name != m.Dump.Blob:
		outcome.found(m.Dump.Blob, 0, 0, manifest.WhatMissing)
		return nil
	case dump.Size != m.Dump.Size:
		outcome.found(dump.Name, min(dump.Size, m.Dump.Size), 0, manifest.WhatLength)
		return nil
	}
	inDump := Verification{ETag: dump.ETag, Outcome: OutcomeGood}
	var from blobstore.Checkpoint
	if r.From.Verification.ETag == dump.ETag && r.From.Verification.Outcome != "" {
		inDump, from = r.From.Verification, r.From.Checkpoint
	}
	// The hash of the whole dump is that of the manifest, if each block is that of
	// the list, since the backup has compared the two.
	err := v.container.Compare(ctx, dump.Name, dump.ETag, blocks, r.Budget, from, blobstore.Observer{
		Moved: r.Moved, Compared: func(c blobstore.Checkpoint) { r.Reached(ReadSoFar{Verification: inDump, Checkpoint: c}) },
		Differs: func(offset, size int64) { inDump.found(dump.Name, offset, size, manifest.WhatBytes) },
	})
	if errors.Is(err, blobstore.ErrTooShort) {
		outcome.found(dump.Name, 0, dump.Size, manifest.WhatLength)
		return nil
	}
	if failure.CodeOf(err) == failure.VerificationFailed {
		return failure.Wrap(err, failure.Internal, "", "dump %s was changed while it was read; it is read again", dump.Name)
	}
	if err != nil {
		return fmt.Errorf("read the dump back: %w", err)
	}
	for _, d := range inDump.Damage {
		outcome.found(d.Blob, d.Offset, d.Size, d.What)
	}
	outcome.More += inDump.More
	return nil
}
