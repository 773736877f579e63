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

// Staging holds blocks for a blob that does not exist yet. Blocks are staged in
// any order and side by side; [Staging.Commit] puts those that are wanted in
// order and makes them the blob. The blob's name should be the staging's own: a
// commit of another one on the same name discards the blocks. It never takes them
// for its own.
type Staging struct {
	container *Container
	name      string
	// own begins the IDs of its blocks.
	own  string
	next atomic.Int64
}

// Staged is a block that the storage has.
type Staged struct {
	Size int64
	id   int
}

// NewStaging begins a staging. Nothing is sent yet.
func (c *Container) NewStaging(name string) *Staging {
	return &Staging{container: c, name: name, own: rand.Text()[:ownLength]}
}

// Stage sends one block. It is safe for concurrent use, and done with content
// when it returns. moved is called whenever bytes of it go out, also of one that
// has to be sent again.
func (s *Staging) Stage(ctx context.Context, content []byte, moved func()) (Staged, error) {
	staged := Staged{Size: int64(len(content)), id: int(s.next.Add(1) - 1)}
	err := s.container.rideMoving(ctx, s.container.outageLimit, staged.Size, "upload "+s.name, func(ctx context.Context, alive func()) error {
		return s.container.backend.StageBlock(ctx, s.name, s.blockID(staged.id), content, func() { alive(); moved() })
	})
	return staged, err
}

// ownLength is how much of a block's ID is its staging's. Two stagings of one name
// are rare, and have one chance in a billion to be taken for each other.
const ownLength = 6

// blockID returns an ID that no block of another staging has. It is of one length
// for all blocks of a blob, as Azure demands.
func (s *Staging) blockID(index int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s%06d", s.own, index))
}

// metaBlocks marks a blob with the SHA-256 of its block list, by which a commit
// whose answer was lost knows its own result.
const metaBlocks = "blocklist"

// Commit makes the blocks a blob, in that order, if there is none of that name.
// list is the SHA-256 of a block list of the content, and marks the blob. Its
// own result there already is a success. Blocks that were staged and are not in
// the order are gone.
func (s *Staging) Commit(ctx context.Context, order []Staged, list string, meta Meta) (Blob, error) {
	ids := make([]string, len(order))
	made := Blob{Name: s.name, Meta: Meta{metaBlocks: list}}
	maps.Copy(made.Meta, meta)
	for i, staged := range order {
		ids[i] = s.blockID(staged.id)
		made.Size += staged.Size
	}
	c := s.container
	err := c.ride(ctx, c.outageLimit, int64(len(ids)*64), "commit "+s.name, func(ctx context.Context) error {
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
