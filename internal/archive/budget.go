package archive

import (
	"fmt"
	"unsafe"
)

// MaxTOCMemory is the limit on the memory that a table of contents takes, in bytes:
// its text, its entries and their dependencies. A database of 100,000 tables
// with their indexes, constraints and grants has 600,000 entries, which take
// about 350 MiB.
const MaxTOCMemory = 512 << 20

const (
	// minEntry is the size of the smallest entry in an archive, in bytes.
	minEntry = 16 * (1 + intSize)
	// entryCost is the memory that an entry takes in addition to its text, in bytes.
	entryCost = int(unsafe.Sizeof(Entry{}) + unsafe.Sizeof(index{}[0]))
	// dependencyCost is the memory that a dependency takes, in bytes.
	dependencyCost = int(unsafe.Sizeof(int(0)))
)

// budget is the number of bytes of memory that a table of contents takes so far.
type budget int

// take adds bytes to the budget. It fails with [ErrTooLarge] if the sum would
// exceed [MaxTOCMemory].
func (b *budget) take(bytes int) error {
	if bytes > MaxTOCMemory-int(*b) {
		return fmt.Errorf("%w: it would take more than %d MiB of memory", ErrTooLarge, MaxTOCMemory>>20)
	}
	*b += budget(bytes)
	return nil
}
