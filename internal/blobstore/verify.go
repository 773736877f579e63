package blobstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/pgvault/pgvault/internal/failure"
)

// chunkSize is the maximum length of one request of a verification. A chunk is
// a number of whole blocks, or a part of a block larger than chunkSize. The
// memory is therefore the same for blocks of any size.
const chunkSize = 8 * mib

// Checkpoint is the progress of a verification. The zero value is the
// beginning.
type Checkpoint struct {
	// NextBlock is the index of the first block not yet compared, Bytes its offset.
	NextBlock int   `json:"nextBlock"`
	Bytes     int64 `json:"bytes"`
	// HashState is the state of the SHA-256 of the bytes before; empty if it is not
	// computed.
	HashState []byte `json:"hashState,omitempty"`
}

// Observer receives the progress of a verification. Each function may be nil.
type Observer struct {
	// Compared is called after some blocks have been compared.
	Compared func(Checkpoint)
	// Differs is called for each block that differs from the list, before Compared.
	// If it is set, the verification continues to the end. If it is nil, the
	// verification fails at the first such block.
	Differs func(offset, size int64)
	// Moved is called from any goroutine whenever bytes arrive.
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

// VerifyMemory returns the memory that a verification within a budget takes, in
// bytes, for a block list of that length. A budget of zero or less means
// [DefaultMemoryBudget].
func VerifyMemory(budget, blockList int64) int64 {
	if budget <= 0 {
		budget = DefaultMemoryBudget
	}
	return chunkSize*int64(buffersFor(budget, chunkSize)) + listCost*blockList
}

// ListLength returns the usual length of the block list of a dump of that size,
// in bytes.
func ListLength(size int64) int64 {
	const line = 85 // the size and the hash of a block
	blocks, step := int64(1), int64(mib)
	for ; step < maxListed && size > blocksPerStep*step; step *= 2 {
		blocks, size = blocks+blocksPerStep, size-blocksPerStep*step
	}
	return line * (blocks + max(size, 0)/step)
}

// listCost is the memory that a byte of a block list takes: the list itself, its
// blocks, and their index.
const listCost = 3

// Verify reads the blob with the ETag, compares each block with the list, and
// returns the SHA-256 of the whole blob in hexadecimal. It reads several parts
// concurrently within the memory budget. It starts at the checkpoint, or at the
// beginning if the checkpoint does not fit the blocks.
//
// The error is a failure with [failure.VerificationFailed] if bytes differ, are
// missing or are too many. Its cause is a [*Damage] if bytes differ.
func (c *Container) Verify(ctx context.Context, name, etag string, blocks []Block, budget int64, from Checkpoint, o Observer) (sha256hex string, err error) {
	whole := sha256.New()
	if err := c.compareBlocks(ctx, name, etag, blocks, budget, whole.(resumable), from, o); err != nil {
		return "", err
	}
	return hex.EncodeToString(whole.Sum(nil)), nil
}

// Compare is like [Container.Verify] without the hash of the whole blob, which the
// blocks of a list that is trusted make redundant. It takes half of the processor
// time.
func (c *Container) Compare(ctx context.Context, name, etag string, blocks []Block, budget int64, from Checkpoint, o Observer) error {
	return c.compareBlocks(ctx, name, etag, blocks, budget, noHash{}, from, o)
}

// compareBlocks compares the blob with its blocks, and writes what it reads to
// whole in the blob's order.
func (c *Container) compareBlocks(ctx context.Context, name, etag string, blocks []Block, budget int64, whole resumable, from Checkpoint, o Observer) error {
	if err := c.checkWhole(ctx, name, etag, blocks); err != nil {
		return err
	}
	v, err := c.newVerification(name, etag, blocks, budget, whole, from, o.orNone())
	if err != nil {
		return err
	}
	return broken(name, v.run(ctx))
}

// checkWhole compares the size and the ETag of the blob.
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

// broken adds [failure.VerificationFailed] to the error of a blob that is
// missing, changed or damaged. A retry cannot repair it.
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
