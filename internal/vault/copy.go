package vault

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/manifest"
)

// copyBudget bounds the buffers of a copy, in bytes.
const copyBudget = 32 << 20

// CopyPoint copies a point's dump, read from there, its roles and its manifest to
// another container, under prefix and their own base names. Nothing is written over: a file that
// is there already with the same content has been copied, another is an error.
// The manifest comes last. moved is told of bytes copied.
func (v *Vault) CopyPoint(ctx context.Context, m manifest.Manifest, from Source, to *blobstore.Container, prefix string, moved func(int64)) ([]string, error) {
	manifestBlob := pointPrefix(m.Instance, m.PointID) + manifestName
	name := func(blob string) string { return prefix + path.Base(blob) }
	if err := v.copyDump(ctx, m, from, to, name(m.Dump.Blob), moved); err != nil {
		return nil, fmt.Errorf("copy the dump: %w", err)
	}
	names := []string{name(m.Dump.Blob)}
	for _, small := range []string{m.Roles.Blob, manifestBlob} {
		content, _, err := v.container.Get(ctx, small, max(maxJSON, m.Roles.Size))
		if err != nil {
			return nil, fmt.Errorf("copy %s: %w", small, err)
		}
		if _, err := to.PutNew(ctx, name(small), content, nil); err != nil {
			return nil, inTheWay(err, to, name(small))
		}
		moved(int64(len(content)))
		names = append(names, name(small))
	}
	return names, nil
}

// metaSource tells a copy of the same dump from another file of that name.
const metaSource = "sourcesha256"

func (v *Vault) copyDump(ctx context.Context, m manifest.Manifest, source Source, to *blobstore.Container, name string, moved func(int64)) error {
	stored, err := to.Stat(ctx, name)
	switch {
	case err == nil && stored.Size == m.Dump.Size && stored.Meta[metaSource] == m.Dump.SHA256:
		moved(m.Dump.Size)
		return nil
	case err == nil:
		return inTheWay(blobstore.ErrExists, to, name)
	case !errors.Is(err, blobstore.ErrNotFound):
		return err
	}
	from, err := v.OpenDump(ctx, m, source)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	upload := to.NewUpload(name, blobstore.NewPlan(m.Dump.Size, copyBudget))
	sum := sha256.New()
	if err := upload.ReadFrom(ctx, io.TeeReader(from, sum), moved); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != m.Dump.SHA256 {
		return failure.New(failure.VerificationFailed, "restore from another recovery point", "dump %s is not what was verified", m.Dump.Blob)
	}
	_, err = upload.Commit(ctx, blobstore.Meta{metaSource: m.Dump.SHA256})
	return inTheWay(err, to, name)
}

func inTheWay(err error, to *blobstore.Container, name string) error {
	if errors.Is(err, blobstore.ErrExists) {
		return failure.Wrap(err, failure.FileNameAlreadyInUse, "give another prefix, or remove the file",
			"container %s has another file %s", to.URL(), name)
	}
	return err
}
