package archive

import (
	"fmt"
	"unsafe"
)

// MaxTOC is how many bytes of memory a table of contents may take: its text, and
// what is held beside it of each entry and dependency. A database of 100,000
// tables with their indexes, constraints and grants has 600,000 entries, which
// take about 350 MiB.
const MaxTOC = 512 << 20

const (
	// minEntry is the least an entry takes in an archive, in bytes.
	minEntry = 16 * (1 + intSize)
	// entryCost is what is held of an entry beside its text, and dependencyCost of a dependency.
	entryCost      = int(unsafe.Sizeof(Entry{}) + unsafe.Sizeof(index{}[0]))
	dependencyCost = int(unsafe.Sizeof(int(0)))
)

// budget counts the bytes of memory that a table of contents takes.
type budget int

func (b *budget) take(bytes int) error {
	if bytes > MaxTOC-int(*b) {
		return fmt.Errorf("%w: it would take more than %d MiB of memory", ErrTooLarge, MaxTOC>>20)
	}
	*b += budget(bytes)
	return nil
}
