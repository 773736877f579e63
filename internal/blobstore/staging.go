package blobstore

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
)

// Staging uploads blocks of a blob that does not exist yet. Blocks are staged
// in any order and concurrently. [Staging.Commit] creates the blob from
// selected blocks. Each staging should have a blob name of its own, since a
// commit by another staging of the same name discards the blocks. A staging
// never commits blocks of another one.
type Staging struct {
	container *Container
	name      string
	// own is the prefix of the IDs of its blocks.
	own  string
	next atomic.Int64
}

// Staged is a block that the storage holds.
type Staged struct {
	Size int64
	id   int
}

// NewStaging returns a staging for a blob with a name. It sends no request.
func (c *Container) NewStaging(name string) *Staging {
	return &Staging{container: c, name: name, own: rand.Text()[:ownLength]}
}

// Stage uploads one block. It is safe for concurrent use and does not retain
// content. moved is called whenever bytes are sent, and again if the block is
// resent.
func (s *Staging) Stage(ctx context.Context, content []byte, moved func()) (Staged, error) {
	staged := Staged{Size: int64(len(content)), id: int(s.next.Add(1) - 1)}
	err := s.container.retryMoving(ctx, s.container.outageLimit, staged.Size, "upload "+s.name, func(ctx context.Context, alive func()) error {
		return s.container.backend.StageBlock(ctx, s.name, s.blockID(staged.id), content, func() { alive(); moved() })
	})
	return staged, err
}

// ownLength is the length of the part of a block ID that identifies the
// staging. Two stagings of one name are rare, and their prefixes are equal once
// in a billion.
const ownLength = 6

// blockID returns the ID of a block. It differs from the IDs of other stagings.
// All IDs of a blob have the same length, as Azure requires.
func (s *Staging) blockID(index int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s%06d", s.own, index))
}

// metaBlocks is the metadata key for the SHA-256 of the block list. A commit
// whose answer was lost recognizes its own result by it.
const metaBlocks = "blocklist"

// Commit creates the blob from staged blocks, in that order. list is the
// SHA-256 of a block list of the content and is stored in the blob's metadata.
// Commit also succeeds if the blob exists as the result of an earlier attempt
// with a lost answer. If another blob of that name exists, the error is
// [ErrExists]. The storage discards staged blocks that are not in order.
func (s *Staging) Commit(ctx context.Context, order []Staged, list string, meta Meta) (Blob, error) {
	ids := make([]string, len(order))
	made := Blob{Name: s.name, Meta: Meta{metaBlocks: list}}
	maps.Copy(made.Meta, meta)
	for i, staged := range order {
		ids[i] = s.blockID(staged.id)
		made.Size += staged.Size
	}
	c := s.container
	err := c.retry(ctx, c.outageLimit, int64(len(ids)*64), "commit "+s.name, func(ctx context.Context) error {
		committed, err := c.backend.CommitBlocks(ctx, s.name, ids, made.Meta)
		made.ETag, made.LastModified = committed.ETag, committed.LastModified
		return err
	})
	if errors.Is(err, ErrExists) {
		return s.existing(ctx, made)
	}
	return made, err
}

func (s *Staging) existing(ctx context.Context, made Blob) (Blob, error) {
	there, err := s.container.Stat(ctx, s.name)
	if err != nil {
		return Blob{}, err
	}
	if there.Size != made.Size || !maps.Equal(there.Meta, made.Meta) {
		return Blob{}, fmt.Errorf("commit %s: %w", s.name, ErrExists)
	}
	return there, nil
}
