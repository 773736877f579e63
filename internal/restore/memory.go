package restore

import (
	"context"
	"io"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/progress"
)

const (
	// tocRoom is the memory for a table of contents of unknown size, in bytes.
	tocRoom = 16 << 20
	// tocCopies is how often a table of contents is in memory: as it was read, as a
	// file in memory for pg_restore, and as the content of that file.
	tocCopies = 3
	// copyBuffers is what a connection takes besides the reader of its data, in
	// bytes: a batch of large objects, as it was read and as it is sent.
	copyBuffers = 2 * batchBytes
)

// windows returns whom a connection asks for the memory of a window.
func (l *loading) windows(ctx context.Context) archive.Windows {
	return func(bytes int64) (func(), error) { return l.share.Window(ctx, bytes) }
}

// tableReader returns a reader of the rows of a region.
func (l *loading) tableReader(ctx context.Context, from io.Reader, part region) (*archive.TableReader, error) {
	rows, err := archive.NewTableReader(from, l.toc.Header, part.entry.DumpID, part.part)
	if err != nil {
		return nil, err
	}
	rows.AskForWindows(l.windows(ctx))
	return rows, nil
}

func (j Job) memoryJob(dump Dump, m *progress.Meter) memory.Job {
	return memory.Job{
		Name: "the restore of the " + dump.Name, Meter: m,
		Remedy: "Or restore over fewer connections (target.connections, --connections), or restore the point as files, and those with pg_restore.",
	}
}

// memory returns the memory that a restore over a number of connections takes, in
// bytes, if the table of contents is no larger than it is said to be.
func (d Dump) memory(connections int) int64 {
	return d.tocMemory() + int64(connections)*(archive.DecoderMemory+copyBuffers)
}

// tocMemory returns the memory for the table of contents, in bytes. A dump decides
// what it claims, so that the reader asks for more if it finds more.
func (d Dump) tocMemory() int64 { return tocCopies * d.room(nil).Bytes }

// room returns the room for the table of contents.
func (d Dump) room(share *memory.Share) archive.Room {
	return archive.Room{Bytes: max(d.TOCSize, tocRoom), More: func(bytes int64) error { return share.Grow(tocCopies * bytes) }}
}
