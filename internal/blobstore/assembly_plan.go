package blobstore

const (
	// Blocks of up to assemblyFirst have one unit, of up to assemblySecond two, and
	// of up to tail three. The first steps are long because each stream holds a
	// block in memory.
	assemblyFirst  = 20_000
	assemblySecond = 35_000
	assemblyUnits  = assemblyFirst + 2*(assemblySecond-assemblyFirst) + 3*(tail-assemblySecond)
	// The storage accepts larger blocks no faster.
	largestUnit = 8 * mib
	// onTheirWay is the number of blocks in transit while each stream fills another
	// block.
	onTheirWay = 2
)

// AssemblyPlan determines the sizes of the blocks of an assembly and the number
// of blocks in memory. It is a pure function of the number of concurrent
// streams, the estimated size and the memory budget.
type AssemblyPlan struct {
	unit     int64 // in bytes; a block has one, two or three units
	streams  int
	estimate int64
	budget   int64
}

// NewAssemblyPlan returns the plan for a number of concurrent streams.
// estimatedBytes is the estimated size of all streams. memoryBudget is in
// bytes; zero or less means [DefaultMemoryBudget].
//
// With the default budget and four streams, blocks of 8 MiB hold 156 GiB within
// the budget. Blocks of 16 and 24 MiB extend that to 648 GiB and take twice the
// budget. A larger estimate increases the block size and the memory in
// proportion.
func NewAssemblyPlan(streams int, estimatedBytes, memoryBudget int64) AssemblyPlan {
	if memoryBudget <= 0 {
		memoryBudget = DefaultMemoryBudget
	}
	estimatedBytes = max(estimatedBytes, 0)
	small := min(max(memoryBudget/int64(2*streams)/mib, 1)*mib, largestUnit)
	large := ceilDiv(ceilDiv(estimatedBytes, mib), assemblyUnits) * mib
	return AssemblyPlan{unit: min(max(small, large), MaxBlockSize), streams: streams, estimate: estimatedBytes, budget: memoryBudget}
}

// BlockSize returns the size in bytes of the block with an index. The last
// block of each stream may be shorter.
func (p AssemblyPlan) BlockSize(index int) int64 {
	return min(p.unit*units(index, assemblyFirst, assemblySecond), MaxBlockSize)
}

// weight returns the share of the budget that a block takes. The budget always
// has room for one block of each stream and the blocks in transit. A block that
// was not planned for takes the whole budget.
func (p AssemblyPlan) weight(size int64) int64 {
	if size > 3*p.unit {
		return p.budget
	}
	return max(min(size, p.budget/int64(p.streams+onTheirWay)), 1)
}

// MemoryNeeded returns the largest amount of memory in bytes that the blocks
// take if the estimate is not exceeded. It is above the budget if the budget is
// too small.
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
