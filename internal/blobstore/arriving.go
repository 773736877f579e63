package blobstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
)

// pieceSize is the number of bytes of a chunk that are hashed at once as they arrive:
// few enough to be in the processor's cache still.
const pieceSize = 64 << 10

// compareArriving reads a chunk of whole blocks and compares each as it arrives. It
// keeps no content, and uses a piece of the chunk's buffer.
func (v *verification) compareArriving(ctx context.Context, c *chunk) (err error) {
	content, err := v.container.OpenRange(ctx, v.name, v.etag, c.offset, c.length)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	from, piece, sum := &seen{content, v.observer.Moved}, c.content[:min(pieceSize, len(c.content))], sha256.New()
	for block := c.first; block < c.end; block++ {
		sum.Reset()
		if err := hashExactly(sum, from, v.index.blocks[block].Size, piece); err != nil {
			return err
		}
		if d := v.index.damage(v.name, block, hex.EncodeToString(sum.Sum(nil))); d != nil {
			c.damage = append(c.damage, d)
		}
	}
	return nil
}

// hashExactly writes a number of bytes to a hash. It returns [io.ErrUnexpectedEOF] if
// there are fewer.
func hashExactly(sum io.Writer, from io.Reader, size int64, buffer []byte) error {
	n, err := io.CopyBuffer(sum, io.LimitReader(from, size), buffer)
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	return err
}
