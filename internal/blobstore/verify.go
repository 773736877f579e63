package blobstore

import (
	"context"
	"encoding/hex"
	"errors"

	"github.com/pgvault/pgvault/internal/failure"
)

// chunkSize is up to what one request of a verification reads: as many whole
// blocks as fit, or a part of one that does not. So memory is the same for blocks
// of any size.
const chunkSize = 8 * mib

// Checkpoint is how far a verification has come; the zero value is its beginning.
type Checkpoint struct {
	// NextBlock is the index of the first block not compared yet, Bytes its offset.
	NextBlock int   `json:"nextBlock"`
	Bytes     int64 `json:"bytes"`
	// HashState is the state of the whole blob's SHA-256.
	HashState []byte `json:"hashState,omitempty"`
}

// Observer is told how a verification goes. Each function may be nil.
type Observer struct {
	// Compared is called after some blocks at a time.
	Compared func(Checkpoint)
	// Differs is called for each block that is not what was staged, before Compared.
	// With it the verification goes on to the end; without it, it fails there.
	Differs func(offset, size int64)
	// Moved is called whenever bytes come, from any goroutine.
	Moved func()
}

func (o Observer) orNone() Observer {
	if o.Compared == nil {
		o.Compared = func(Checkpoint) {}
	}
	if o.Moved == nil {
		o.Moved = unseen
	}
	return o
}

// Verify reads the blob with that ETag, several parts side by side within the
// memory budget, compares each block with the list, and returns the SHA-256 of
// the whole. It begins at the checkpoint, or at the beginning if that does not
// fit the blocks.
//
// Bytes that differ, are missing or are too many are a failure with
// [failure.VerificationFailed]; of those that differ its cause is a [*Damage].
func (c *Container) Verify(ctx context.Context, name, etag string, blocks []Block, budget int64, from Checkpoint, o Observer) (sha256hex string, err error) {
	if err := c.checkWhole(ctx, name, etag, blocks); err != nil {
		return "", err
	}
	v, err := c.newVerification(name, etag, blocks, budget, from, o.orNone())
	if err != nil {
		return "", err
	}
	if err := v.run(ctx); err != nil {
		return "", broken(name, err)
	}
	return hex.EncodeToString(v.whole.Sum(nil)), nil
}

// checkWhole looks for what needs no reading.
func (c *Container) checkWhole(ctx context.Context, name, etag string, blocks []Block) error {
	there, err := c.Stat(ctx, name)
	switch {
	case err != nil:
		return broken(name, err)
	case there.Size != TotalSize(blocks):
		return mismatch("%s has %d bytes, and %d were dumped", name, there.Size, TotalSize(blocks))
	case there.ETag != etag:
		return mismatch("%s is not the blob that was dumped: its ETag is %s, not %s", name, there.ETag, etag)
	}
	return nil
}

const takeAgain = "take the backup again; nothing of this attempt has become a recovery point"

func mismatch(format string, args ...any) error {
	return failure.New(failure.VerificationFailed, takeAgain, format, args...)
}

// broken adds the code for a blob that is gone, changed or damaged; no retry mends it.
func broken(name string, err error) error {
	var damage *Damage
	if errors.As(err, &damage) || errors.Is(err, ErrTooShort) {
		return failure.Wrap(err, failure.VerificationFailed, takeAgain, "%s is damaged", name)
	}
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrChanged) {
		return failure.Wrap(err, failure.VerificationFailed,
			"find out who else writes to the container", "%s is not what was dumped any more", name)
	}
	return err
}
