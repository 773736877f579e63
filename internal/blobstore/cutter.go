package blobstore

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

const (
	// blocksPerStep is the number of blocks after which the block size doubles. The
	// list of a 2.4 TiB dump therefore stays in the tens of megabytes.
	blocksPerStep = 65_536
	// maxListed is the maximum size of a block of a list. A reader holds one block
	// in memory.
	maxListed = 16 * mib
)

// ListedSize returns the maximum size of the next block of a list whose blocks
// cover the given number of bytes.
func ListedSize(listed int64) int64 {
	size := int64(mib)
	for size < maxListed && listed >= blocksPerStep*size {
		listed -= blocksPerStep * size
		size *= 2
	}
	return size
}

// cutter splits a stream into the blocks of a list and hashes them.
type cutter struct {
	sum hash.Hash
	// size is the length of the current block, limit its maximum.
	size, limit int64
	blocks      []Block
}

func newCutter() *cutter { return &cutter{sum: sha256.New()} }

// write appends p to the stream. next returns the maximum size of a new block.
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

// cut ends the current block. It does nothing if the block is empty.
func (c *cutter) cut() {
	if c.size == 0 {
		return
	}
	c.blocks = append(c.blocks, Block{Size: c.size, SHA256: hex.EncodeToString(c.sum.Sum(nil))})
	c.sum.Reset()
	c.size = 0
}
