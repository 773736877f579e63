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

// Room is the memory that a table of contents may take, within [MaxTOCMemory].
type Room struct {
	// Bytes is free from the beginning.
	Bytes int64
	// More is asked for each further part, before that is taken. Its error is that
	// of [ReadTOCWithin].
	More func(bytes int64) error
}

// roomStep is the least part of a [Room] that is asked for, in bytes.
const roomStep = 1 << 20

// budget counts the memory that a table of contents takes.
type budget struct {
	taken int
	room  Room
}

// take adds bytes to the budget. It fails with [ErrTooLarge] if the sum would
// exceed [MaxTOCMemory], and with the error of the room if that has no more.
func (b *budget) take(bytes int) error {
	if bytes > MaxTOCMemory-b.taken {
		return fmt.Errorf("%w: it would take more than %d MiB of memory", ErrTooLarge, MaxTOCMemory>>20)
	}
	b.taken += bytes
	missing := int64(b.taken) - b.room.Bytes
	if missing <= 0 {
		return nil
	}
	missing = max(missing, roomStep)
	if err := b.room.More(missing); err != nil {
		return err
	}
	b.room.Bytes += missing
	return nil
}
