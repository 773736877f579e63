package blobstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/pgvault/pgvault/internal/failure"
)

var (
	// ErrNotFound means that the blob or version does not exist.
	ErrNotFound = errors.New("no such blob")
	// ErrExists means that a blob of that name exists, with other content.
	ErrExists = errors.New("the blob exists")
	// ErrChanged means that the blob does not have the expected ETag.
	ErrChanged = errors.New("the blob has changed")
	// ErrArchived means that the blob is in the archive tier and cannot be read.
	ErrArchived = errors.New("the blob is in the archive tier")
	// ErrTooLong means that the blob is longer than the caller's limit.
	ErrTooLong = errors.New("the blob is too long")
	// ErrTooShort means that the blob ends before the requested range does.
	ErrTooShort = errors.New("the blob is too short")
	// ErrLocked means that an immutability policy or a legal hold forbids the
	// change.
	ErrLocked = errors.New("the blob is locked")
)

// TooShort returns an [ErrTooShort] for a read of count bytes from offset.
// there is the number of bytes that the blob has from offset.
func TooShort(there, offset, count int64) error {
	return fmt.Errorf("%w: it has %d bytes from offset %d, and %d were expected", ErrTooShort, there, offset, count)
}

// during adds the action to an error of the backend. ctx is the caller's. The
// context of a single attempt may have ended because of an outage.
func during(ctx context.Context, what string, err error) error {
	var f *failure.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, ctx.Err())
	case errors.As(err, &f):
		named := *f
		named.Message = what + ": " + f.Message
		return &named
	}
	return fmt.Errorf("%s: %w", what, err)
}
