package vault

import (
	"context"
	"errors"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
)

// metaSince is the time at which the instance's first definition was stored.
const metaSince = "since"

// PutInstance writes an instance's definition and reports whether it changed.
func (v *Vault) PutInstance(ctx context.Context, i instance.Instance) (changed bool, err error) {
	name := instanceName(i.Name)
	encoded, err := encodeJSON(name, i)
	if err != nil {
		return false, err
	}
	stored, blob, err := v.container.Get(ctx, name, maxJSON)
	isNew := errors.Is(err, blobstore.ErrNotFound)
	switch {
	case err == nil && string(stored) == string(encoded):
		return false, nil
	case unusable(err):
		blob, err = v.container.Stat(ctx, name)
	}
	if err != nil && !isNew {
		return false, err
	}
	var meta blobstore.Meta
	if !isNew {
		meta = blobstore.Meta{metaSince: since(blob).UTC().Format(time.RFC3339)}
	}
	_, err = v.container.Put(ctx, name, encoded, meta)
	return err == nil, err
}

// since returns when the first definition was stored: the blob's own time, if it is
// the first. A later time than that was not written by this program.
func since(definition blobstore.Blob) time.Time {
	if at := readTime(definition.Meta[metaSince]); !at.IsZero() && at.Before(definition.LastModified) {
		return at
	}
	return definition.LastModified
}

// GetInstance returns an instance's definition.
func (v *Vault) GetInstance(ctx context.Context, name string) (instance.Instance, error) {
	var i instance.Instance
	err := v.readJSON(ctx, instanceName(name), applyAgain, func(content []byte) error { return decodeInstance(content, name, &i) })
	if errors.Is(err, blobstore.ErrNotFound) {
		return i, failure.New(failure.InstanceNotFound,
			"correct the name, or add the instance to pgvault.yaml and: pgvault apply -f pgvault.yaml",
			"vault %s has no backup instance %q", v.URL(), name)
	}
	return i, err
}
