package blobstore

const (
	// The steps of an assembly's plan. Blocks stay small for long, since each
	// stream holds one.
	assemblyFirst  = 20_000
	assemblySecond = 35_000
	assemblyUnits  = assemblyFirst + 2*(assemblySecond-assemblyFirst) + 3*(tail-assemblySecond)
	// Storage takes larger blocks no faster.
	largestUnit = 8 * mib
	// onTheirWay is how many blocks are sent while each stream fills another.
	onTheirWay = 2
)

// AssemblyPlan says how large the blocks of an assembly are, and how many of
// them are in memory at a time: a pure function of the number of streams that
// are written side by side, the estimated size, and the memory budget.
type AssemblyPlan struct {
	unit     int64 // bytes; blocks are of one, two, then three units
	streams  int
	estimate int64
	budget   int64
}

// NewAssemblyPlan plans for so many streams at a time, of about so many bytes
// in all, within the memory, in bytes; a budget that is not positive means
// [DefaultMemoryBudget]. With the default budget and four streams, blocks of 8
// MiB hold 156 GiB within it; of 16, then 24 MiB they hold 648 GiB, within twice
// as much. A larger estimate makes them, and the memory, larger in proportion.
func NewAssemblyPlan(streams int, estimatedBytes, memoryBudget int64) AssemblyPlan {
	if memoryBudget <= 0 {
		memoryBudget = DefaultMemoryBudget
	}
	estimatedBytes = max(estimatedBytes, 0)
	small := min(max(memoryBudget/int64(2*streams)/mib, 1)*mib, largestUnit)
	large := ceilDiv(ceilDiv(estimatedBytes, mib), assemblyUnits) * mib
	return AssemblyPlan{unit: min(max(small, large), MaxBlockSize), streams: streams, estimate: estimatedBytes, budget: memoryBudget}
}

// BlockSize is the size of the block with that index; the last block of each
// stream is shorter.
func (p AssemblyPlan) BlockSize(index int) int64 {
	return min(p.unit*units(index, assemblyFirst, assemblySecond), MaxBlockSize)
}

// weight is what a block takes of the budget: no more than leaves room for a
// block of each stream and those on their way. Of blocks that were not planned
// for, there is one at a time.
func (p AssemblyPlan) weight(size int64) int64 {
	if size > 3*p.unit {
		return p.budget
	}
	return max(min(size, p.budget/int64(p.streams+onTheirWay)), 1)
}

// MemoryNeeded is how much the blocks take at most, if they hold no more than
// estimated. It is above the budget where the budget cannot do.
func (p AssemblyPlan) MemoryNeeded() int64 {
	needed, held := int64(0), int64(0)
	for _, step := range []struct{ first, end int }{{0, assemblyFirst}, {assemblyFirst, assemblySecond}, {assemblySecond, tail}} {
		if held > 0 && held >= p.estimate {
			break
		}
		size := p.BlockSize(step.first)
		needed = max(needed, p.budget/p.weight(size)*size)
		held += int64(step.end-step.first) * size
	}
	return needed
}
