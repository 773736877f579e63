package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// copyBudget bounds the buffers of a copy, in bytes.
const copyBudget = 32 << 20

func copyPlan(m manifest.Manifest) blobstore.AssemblyPlan {
	return blobstore.NewAssemblyPlan(1, m.Dump.Size, copyBudget)
}

// CopyMemory returns the memory that a copy of a point takes, in bytes.
func CopyMemory(m manifest.Manifest) int64 {
	return copyPlan(m).MemoryNeeded() + blobstore.VerifyMemory(1, m.Dump.BlocksSize)
}

// CopyPoint copies a point's dump, fingerprints, block list, roles file, signed
// manifest and manifest to another container and returns the names of the copies: prefix and
// the base name of the original. The dump is read from the given source. All bytes
// are checked as they are read, and the manifest is written last. Nothing is
// overwritten: a file with the same content counts as copied, any other file of
// that name is an error. moved is called with the number of bytes copied.
func (v *Vault) CopyPoint(ctx context.Context, m manifest.Manifest, from Source, to *blobstore.Container, prefix string, moved func(int64)) ([]string, error) {
	name := func(blob string) string { return prefix + path.Base(blob) }
	var names []string
	for _, l := range v.largeParts(ctx, m, from) {
		if err := l.copyTo(ctx, to, name(l.blob), moved); err != nil {
			return nil, fmt.Errorf("copy %s: %w", l.blob, err)
		}
		names = append(names, name(l.blob))
	}
	put := func(blob string, content []byte) error {
		if _, err := to.PutNew(ctx, name(blob), content, nil); err != nil {
			return inTheWay(err, to, name(blob))
		}
		moved(int64(len(content)))
		names = append(names, name(blob))
		return nil
	}
	for _, small := range []struct {
		blob string
		read func() ([]byte, error)
	}{
		{m.Dump.BlocksBlob, func() ([]byte, error) { return v.readStored(ctx, m, listOf(m)) }},
		{m.Roles.Blob, func() ([]byte, error) { return v.ReadRoles(ctx, m) }},
	} {
		content, err := small.read()
		if err != nil {
			return nil, fmt.Errorf("copy %s: %w", small.blob, err)
		}
		if err := put(small.blob, content); err != nil {
			return nil, err
		}
	}
	err := v.copyManifest(ctx, m, put)
	return names, err
}

// copyManifest copies the signed manifest, if there is one, and the manifest.
func (v *Vault) copyManifest(ctx context.Context, m manifest.Manifest, put func(blob string, content []byte) error) error {
	content, err := v.storedManifest(ctx, m)
	if err != nil {
		return fmt.Errorf("copy the manifest: %w", err)
	}
	envelope := manifestStatement(m.Instance, m.PointID, blobstore.HashOf(content))
	sealed, _, err := v.container.Get(ctx, envelope, maxEnvelope)
	if err == nil {
		err = put(envelope, sealed)
	}
	if err != nil && !errors.Is(err, blobstore.ErrNotFound) {
		return fmt.Errorf("copy %s: %w", envelope, err)
	}
	return put(pointPrefix(m.Instance, m.PointID)+manifestName, content)
}

// storedManifest returns the stored manifest if its content equals m.
func (v *Vault) storedManifest(ctx context.Context, m manifest.Manifest) ([]byte, error) {
	stored, _, err := v.container.Get(ctx, pointPrefix(m.Instance, m.PointID)+manifestName, maxJSON)
	if err != nil {
		return nil, err
	}
	there, err := manifest.Decode(stored)
	if err == nil && sameManifest(there, m) {
		return stored, nil
	}
	return nil, failure.Wrap(err, failure.VerificationFailed, remedy(m),
		"the manifest of recovery point %s of %s has changed while the point was copied", m.PointID, m.Instance)
}

func sameManifest(a, b manifest.Manifest) bool {
	one, oneErr := manifest.Encode(a)
	other, otherErr := manifest.Encode(b)
	return oneErr == nil && otherErr == nil && bytes.Equal(one, other)
}

// metaSource distinguishes a copy of the same dump from another file of that name.
const metaSource = "sourcesha256"

// large is a part of a point that is copied as a stream.
type large struct {
	blob, sha256 string
	size         int64
	// list identifies the content in the metadata of the copy.
	list string
	plan blobstore.AssemblyPlan
	// open opens the content, which is checked as it is read.
	open func() (io.ReadCloser, error)
}

// largeParts returns the dump, which is read from the given source, and the
// fingerprints, if the point has some.
func (v *Vault) largeParts(ctx context.Context, m manifest.Manifest, from Source) []large {
	parts := []large{{
		blob: m.Dump.Blob, sha256: m.Dump.SHA256, size: m.Dump.Size, list: m.Dump.BlocksSHA256, plan: copyPlan(m),
		open: func() (io.ReadCloser, error) { return v.OpenDump(ctx, m, from) },
	}}
	if f := m.Fingerprints; f.Known() {
		parts = append(parts, large{
			blob: f.Blob, sha256: f.SHA256, size: f.Size, list: f.SHA256, plan: blobstore.NewAssemblyPlan(1, f.Size, copyBudget),
			open: func() (io.ReadCloser, error) { return v.OpenFingerprints(ctx, m) },
		})
	}
	return parts
}

// copyTo copies the part to a blob of another container.
func (l large) copyTo(ctx context.Context, to *blobstore.Container, name string, moved func(int64)) error {
	stored, err := to.Stat(ctx, name)
	switch {
	case err == nil && stored.Size == l.size && stored.Meta[metaSource] == l.sha256:
		moved(l.size)
		return nil
	case err == nil:
		return inTheWay(blobstore.ErrExists, to, name)
	case !errors.Is(err, blobstore.ErrNotFound):
		return err
	}
	from, err := l.open()
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	made := to.NewAssembly(ctx, name, l.plan, func() {})
	content := made.NewRun()
	_, err = io.Copy(io.MultiWriter(content, counter(moved)), from)
	if err == nil {
		content.End()
	} else {
		content.Discard()
	}
	if staged := made.Wait(); staged != nil {
		err = staged // the cause of a write that failed
	}
	if err != nil {
		return err
	}
	_, err = made.Commit(ctx, []*blobstore.Run{content}, l.list, blobstore.Meta{metaSource: l.sha256})
	return inTheWay(err, to, name)
}

// counter calls itself with the number of bytes that are written to it.
type counter func(int64)

func (c counter) Write(p []byte) (int, error) {
	c(int64(len(p)))
	return len(p), nil
}

func inTheWay(err error, to *blobstore.Container, name string) error {
	if errors.Is(err, blobstore.ErrExists) {
		return failure.Wrap(err, failure.FileNameAlreadyInUse, "give another prefix, or remove the file",
			"container %s has another file %s", to.URL(), name)
	}
	return err
}
