package blobstore

import "math"

const (
	mib = 1 << 20

	// MaxBlocks is how many blocks a blob may have, by Azure's limit.
	MaxBlocks = 50_000
	// MaxBlockSize is how large a block may be, by Azure's limit.
	MaxBlockSize = 4000 * mib
	// DefaultMemoryBudget holds three of the largest blocks of a plan for 1 TiB.
	DefaultMemoryBudget = 72 * mib

	minBuffers = 2 // one is filled while the other is on its way
	maxBuffers = 6

	// The steps of a plan: small blocks for small dumps, so that these too are
	// staged side by side.
	firstStep  = 1_000
	secondStep = 2_000
	// From tail on, the estimate was too low. Sizes double then, at the price of
	// memory, since running out of blocks would lose hours of work.
	tail     = 46_000
	tailStep = 400
	// A block of 1 MiB that has doubled so often is above the limit of a block.
	maxDoublings = 12
	smallUnit    = 8 // MiB
	stepsTotal   = firstStep + 2*(secondStep-firstStep) + 3*(tail-secondStep)
)

// Plan says how large each block of an upload is and how many are in memory at
// a time. It is a pure function of the estimated size and the memory budget:
// blocks of 8, 16, then 24 MiB hold more than 1 TiB within 72 MiB of buffers,
// and a larger estimate makes them, and the memory, larger in proportion.
type Plan struct {
	unit   int64 // bytes; blocks are of one, two, then three units
	budget int64
}

// NewPlan plans for a stream of about so many bytes. A budget that is not
// positive means [DefaultMemoryBudget].
func NewPlan(estimatedBytes, memoryBudget int64) Plan {
	if memoryBudget <= 0 {
		memoryBudget = DefaultMemoryBudget
	}
	estimatedBytes = max(estimatedBytes, 0)
	needed := ceilDiv(ceilDiv(estimatedBytes, mib), stepsTotal)
	return Plan{unit: min(max(needed, smallUnit)*mib, MaxBlockSize), budget: memoryBudget}
}

// BlockSize is the size of the block with that index; only the last block of a
// stream is shorter.
func (p Plan) BlockSize(index int) int64 {
	return min(p.unit*units(index, firstStep, secondStep), MaxBlockSize)
}

// units is how many units the block with that index has, by the steps of a plan.
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

// Buffers is how many blocks are in memory at a time while the block with that
// index is filled.
func (p Plan) Buffers(index int) int {
	return buffersFor(p.budget, p.BlockSize(index))
}

func buffersFor(budget, size int64) int {
	return int(min(max(budget/size, minBuffers), maxBuffers))
}

// Capacity is how long a stream the plan's blocks can hold.
func (p Plan) Capacity() int64 { return p.offset(MaxBlocks) }

// offset is where the block with that index begins.
func (p Plan) offset(index int) int64 {
	total := p.span(0, min(index, firstStep)) +
		p.span(firstStep, min(index, secondStep)) +
		p.span(secondStep, min(index, tail))
	for from := tail; from < index; from += tailStep {
		total += p.span(from, min(index, from+tailStep))
	}
	return total
}

// span is the size of the blocks from one index to another; all are of one size.
func (p Plan) span(from, to int) int64 {
	if to <= from {
		return 0
	}
	return int64(to-from) * p.BlockSize(from)
}

func ceilDiv(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return a / b
	}
	return (a + b - 1) / b
}
