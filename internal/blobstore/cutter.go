package blobstore

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

const (
	// blocksPerStep is after how many blocks of one size the next ones are twice
	// as large, so that the list of a dump of 2.4 TiB has tens of MB.
	blocksPerStep = 65_536
	// maxListed is the size of the largest block of a list. A reader holds one
	// block in memory.
	maxListed = 16 * mib
)

// ListedSize returns the size of the largest block that a list may have once it
// has blocks for so many bytes.
func ListedSize(listed int64) int64 {
	size := int64(mib)
	for size < maxListed && listed >= blocksPerStep*size {
		listed -= blocksPerStep * size
		size *= 2
	}
	return size
}

// cutter hashes a stream and cuts it into the blocks of a list.
type cutter struct {
	sum hash.Hash
	// size and limit are of the block under way.
	size, limit int64
	blocks      []Block
}

func newCutter() *cutter { return &cutter{sum: sha256.New()} }

// write adds to the stream. next returns the limit of a block that begins.
func (c *cutter) write(p []byte, next func() int64) {
	for len(p) > 0 {
		if c.size == 0 {
			c.limit = next()
		}
		n := min(int64(len(p)), c.limit-c.size)
		c.sum.Write(p[:n])
		c.size += n
		p = p[n:]
		if c.size == c.limit {
			c.cut()
		}
	}
}

// cut ends the block under way, if there is one.
func (c *cutter) cut() {
	if c.size == 0 {
		return
	}
	c.blocks = append(c.blocks, Block{Size: c.size, SHA256: hex.EncodeToString(c.sum.Sum(nil))})
	c.sum.Reset()
	c.size = 0
}
