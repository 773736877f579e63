package blobstore

const (
	// An assembly's blocks double in size after so many of them.
	assemblyStep = 10_000
	// Storage takes larger blocks no faster.
	largestFirst = 8 * mib
)

// AssemblyPlan says how large the blocks of an assembly are: a pure function of
// the budget and the number of streams that are written side by side.
type AssemblyPlan struct {
	first, budget int64
}

// NewAssemblyPlan plans for so many streams at a time within the memory, in
// bytes; a budget that is not positive means [DefaultMemoryBudget]. Each stream
// fills one block while another is on its way. With the default budget and four
// streams, blocks of 8, 16, 32 … MiB hold 560 GiB within it, and whatever comes
// after that takes more memory rather than fail.
func NewAssemblyPlan(streams int, memoryBudget int64) AssemblyPlan {
	if memoryBudget <= 0 {
		memoryBudget = DefaultMemoryBudget
	}
	first := memoryBudget / int64(2*streams) / mib * mib
	return AssemblyPlan{first: min(max(first, mib), largestFirst), budget: memoryBudget}
}

// BlockSize is the size of the block with that index; the last block of each
// stream is shorter.
func (p AssemblyPlan) BlockSize(index int) int64 {
	return min(p.first<<min(index/assemblyStep, 12), MaxBlockSize)
}
