package blobstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/pgvault/pgvault/internal/failure"
)

var (
	// ErrNotFound means that there is no such blob.
	ErrNotFound = errors.New("no such blob")
	// ErrExists means that a blob of that name is there already, with other content.
	ErrExists = errors.New("the blob exists")
	// ErrChanged means that the blob is not the one with the expected ETag.
	ErrChanged = errors.New("the blob has changed")
	// ErrArchived means that the blob is in the archive tier, where it cannot be read.
	ErrArchived = errors.New("the blob is in the archive tier")
	// ErrTooLong is returned for a blob with more bytes than it should have.
	ErrTooLong = errors.New("the blob is too long")
	// ErrTooShort reports that the storage has fewer bytes of the blob than it said.
	ErrTooShort = errors.New("the blob is too short")
	// ErrLocked means that an immutability policy, or a legal hold, forbids it.
	ErrLocked = errors.New("the blob is locked")
)

// TooShort returns the [ErrTooShort] of a range of which the storage has fewer
// bytes.
func TooShort(there, offset, count int64) error {
	return fmt.Errorf("%w: it has %d bytes from offset %d, and %d were expected", ErrTooShort, there, offset, count)
}

// during returns a backend's error with what was being done. ctx is the caller's,
// not that of the single attempt, whose end is an outage.
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
