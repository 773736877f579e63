package blobstore

import "math"

const (
	mib = 1 << 20

	// MaxBlocks is Azure's limit of blocks per blob.
	MaxBlocks = 50_000
	// MaxBlockSize is Azure's limit of the size of a block, in bytes.
	MaxBlockSize = 4000 * mib
	// DefaultMemoryBudget is the default memory of an assembly or a verification,
	// in bytes.
	DefaultMemoryBudget = 72 * mib

	minBuffers = 2 // one is filled while the other is in transit
	maxBuffers = 6

	// A blob with more than tail blocks was estimated too low. Block sizes then
	// double every tailStep blocks. That takes memory, but running out of blocks
	// would lose hours of work.
	tail     = 46_000
	tailStep = 400
	// A block of 1 MiB that has doubled maxDoublings times exceeds MaxBlockSize.
	maxDoublings = 12
)

// units returns the number of units of the block with an index.
func units(index, first, second int) int64 {
	switch {
	case index < first:
		return 1
	case index < second:
		return 2
	case index < tail:
		return 3
	}
	return 3 << min(1+(index-tail)/tailStep, maxDoublings)
}

func buffersFor(budget, size int64) int {
	return int(min(max(budget/size, minBuffers), maxBuffers))
}

func ceilDiv(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return a / b
	}
	return (a + b - 1) / b
}
