package dump

import (
	"fmt"
	"unsafe"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

const (
	// tocRoom is the memory for a table of contents that each dump has from the
	// beginning, in bytes: that of about 25,000 tables, indexes and other objects.
	tocRoom = 16 << 20
	// tocCopies is how often a table of contents is in memory: as it was read, and
	// with the offsets of the data.
	tocCopies = 2
	// objectCost is the memory that a large object takes, in bytes: its number and
	// size, while the list of them grows, its number in a unit, and its fingerprint.
	objectCost = 48 + int64(unsafe.Sizeof(fingerprint.Object{}))
)

func jobOf(r Request, m *progress.Meter) memory.Job {
	return memory.Job{
		Name: fmt.Sprintf("the dump of database %q", r.Account.Database), Meter: m,
		Remedy: "Or lower the instance's dump.connections or dump.compression.level, or shorten the comments and definitions of the database.",
	}
}

// memory returns the memory that the dump takes unless its table of contents is
// large, in bytes. The leader copies tables too.
func (j *job) memory() int64 {
	blocks := blobstore.NewAssemblyPlan(j.Connections, j.result.Database.SizeBytes, j.MemoryBudget).MemoryNeeded()
	connection := pgcopy.Memory + archive.EncoderMemory(j.encoder.Compression, j.encoder.level)
	return blocks + int64(j.Connections+1)*connection + tocCopies*tocRoom + objectCost*j.result.Database.LargeObjects
}

// room returns the room for the table of contents of one pg_dump.
func (j *job) room() archive.Room {
	return archive.Room{Bytes: tocRoom, More: func(bytes int64) error { return j.share.Grow(tocCopies * bytes) }}
}
