package blobstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
)

// PutNew creates a blob. It also succeeds if the blob exists with the same
// content, since the answer to an earlier attempt may have been lost. The error
// is [ErrExists] if the blob has other content.
func (c *Container) PutNew(ctx context.Context, name string, content []byte, meta Meta) (Blob, error) {
	put, err := c.put(ctx, name, content, meta, Condition{New: true})
	if !errors.Is(err, ErrExists) {
		return put, err
	}
	there, found, getErr := c.Get(ctx, name, int64(len(content)))
	switch {
	case getErr == nil && bytes.Equal(there, content):
		return found, nil
	case ctx.Err() != nil, failure.CodeOf(getErr) == failure.StorageUnavailable:
		return Blob{}, getErr // the blob may be this call's own
	}
	return Blob{}, fmt.Errorf("put %s: %w", name, ErrExists)
}

// Put creates or replaces a blob.
func (c *Container) Put(ctx context.Context, name string, content []byte, meta Meta) (Blob, error) {
	return c.put(ctx, name, content, meta, Condition{})
}

func (c *Container) put(ctx context.Context, name string, content []byte, meta Meta, when Condition) (put Blob, err error) {
	err = c.retry(ctx, c.smallLimit(), int64(len(content)), "put "+name, func(ctx context.Context) (err error) {
		put, err = c.backend.Put(ctx, name, content, meta, when)
		return err
	})
	return put, err
}

// Get reads a whole blob. The error is [ErrTooLong] if it has more than limit
// bytes.
func (c *Container) Get(ctx context.Context, name string, limit int64) ([]byte, Blob, error) {
	found, err := c.Stat(ctx, name)
	if err != nil {
		return nil, Blob{}, err
	}
	if found.Size > limit {
		return nil, Blob{}, fmt.Errorf("get %s: %w: it has %d bytes, and at most %d were expected", name, ErrTooLong, found.Size, limit)
	}
	content := make([]byte, found.Size)
	if found.Size == 0 {
		return content, found, nil
	}
	return content, found, c.readInto(ctx, c.smallLimit(), name, found.ETag, 0, content, unseen)
}

// Stat returns the current version of a blob.
func (c *Container) Stat(ctx context.Context, name string) (Blob, error) {
	found, err := c.Copied(ctx, name)
	return found.Blob, err
}

// Delete deletes a blob. It succeeds if there is no such blob.
func (c *Container) Delete(ctx context.Context, name string) error {
	err := c.small(ctx, "delete "+name, func(ctx context.Context) error {
		return c.backend.Delete(ctx, name, Condition{})
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// readInto fills the buffer from the blob, from offset on. moved is called
// whenever bytes arrive, and again for bytes that are resent.
func (c *Container) readInto(ctx context.Context, limit time.Duration, name, etag string, offset int64, buffer []byte, moved func()) error {
	size := int64(len(buffer))
	return c.retryMoving(ctx, limit, size, "read "+name, func(ctx context.Context, alive func()) error {
		content, _, err := c.backend.Read(ctx, name, etag, offset, size)
		if err != nil {
			return err
		}
		defer func() { _ = content.Close() }()
		_, err = io.ReadFull(&seen{content, func() { alive(); moved() }}, buffer)
		return err
	})
}

// seen calls moved for each read that returns bytes.
type seen struct {
	io.Reader
	moved func()
}

func (s *seen) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if n > 0 {
		s.moved()
	}
	return n, err
}
