package vault

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
)

// spentStatements returns the statements of the steps that made the point. Its
// signed manifest has their facts.
func (p Point) spentStatements() (names []string) {
	for _, b := range p.Blobs {
		if p.Committed && isStatement(b.Name) {
			names = append(names, b.Name)
		}
	}
	return names
}

// seemsLate reports whether an attempt seems to have stored a blob that the point
// is not made of, by the metadata of its manifest, which may be forged.
func (p Point) seemsLate() bool {
	return p.Committed && slices.ContainsFunc(p.attemptsBeside(p.DumpBlob, p.blocksBlob(), p.fingerprintsBlob(), p.RolesBlob), func(name string) bool {
		// The metadata of older points names no roles file, and would have each sweep
		// read the manifest of each of them.
		return p.RolesBlob != "" || !strings.HasPrefix(path.Base(name), rolesPrefix)
	})
}

// attemptsBeside returns the blobs of attempts at the point other than the named
// ones. Statements are none of them.
func (p Point) attemptsBeside(named ...string) (names []string) {
	for _, b := range p.Blobs {
		if isAttempts(b.Name) && !slices.Contains(named, b.Name) {
			names = append(names, b.Name)
		}
	}
	return names
}

// StrayCopies reports whether the point has blobs that a sweep must remove:
// copies that no job uses, statements of steps, and what an attempt has stored
// late.
func (p Point) StrayCopies() bool {
	return len(p.strayCopyNames()) > 0 || len(p.spentStatements()) > 0 || p.seemsLate()
}

// dropSpent deletes the statements of a point's steps, and what an attempt has
// stored late. It returns [ErrHeld] if the job that stored them runs, and
// [ErrNotNow] if it cannot tell what is late.
func (v Pruner) dropSpent(ctx context.Context, p Point) error {
	if err := v.unlessAny(ctx, p.Works, ErrHeld); err != nil {
		return err
	}
	if err := v.dropAll(ctx, p.spentStatements()); err != nil || !p.seemsLate() {
		return err
	}
	m, signature, err := v.CheckedManifest(ctx, p.Instance, p.ID)
	switch code := failure.CodeOf(err); {
	case code == failure.SignatureInvalid, code == failure.SignatureMissing, code == failure.VerificationFailed:
		return ErrNotNow
	case err != nil:
		return err
	case signature.KeyID == "":
		return ErrNotNow
	}
	return v.DropLeftovers(ctx, m)
}
