package blobstore

import "math"

const (
	mib = 1 << 20

	// MaxBlocks is how many blocks a blob may have, by Azure's limit.
	MaxBlocks = 50_000
	// MaxBlockSize is how large a block may be, by Azure's limit.
	MaxBlockSize = 4000 * mib
	// DefaultMemoryBudget is the memory of an assembly or a read-back, in bytes, if no
	// other is given.
	DefaultMemoryBudget = 72 * mib

	minBuffers = 2 // one is filled while the other is on its way
	maxBuffers = 6

	// From tail on, the estimate was too low. Sizes double then, at the price of
	// memory, since running out of blocks would lose hours of work.
	tail     = 46_000
	tailStep = 400
	// A block of 1 MiB that has doubled so often is above the limit of a block.
	maxDoublings = 12
)

// units returns how many units the block with an index has, by the steps of a plan.
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
