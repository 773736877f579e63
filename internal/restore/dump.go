package restore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// Dump is a stored archive with random access.
type Dump struct {
	// Name names the dump in messages, such as "dump of recovery point ID".
	Name string
	Size int64
	// TOCSize is the length of the header and table of contents in bytes; 0 if
	// unknown.
	TOCSize int64
	// Pieces maps the dump ID of an entry to the offsets of the pieces of its
	// data. It has no entry for data in one piece.
	Pieces map[int][]int64
	// Open opens count bytes from offset. The reader retries during an outage
	// of the storage. It is nil if the dump cannot be read yet.
	Open func(ctx context.Context, offset, count int64) (io.ReadCloser, error)
}

// tocStep is the number of bytes read at a time if TOCSize is unknown.
const tocStep = 512 << 10

// ReadTOC reads the header and the table of contents, with a share of memory of
// at least [Dump.tocMemory].
func (d Dump) ReadTOC(ctx context.Context, share *memory.Share) (*archive.TOC, error) {
	step := d.TOCSize
	if step <= 0 {
		step = tocStep
	}
	r := &stepReader{ctx: ctx, dump: d, step: step}
	defer r.close()
	toc, err := archive.ReadTOCWithin(bufio.NewReader(r), d.room(share))
	if err != nil {
		return nil, d.damagedOr(err, "read the dump's table of contents")
	}
	return toc, nil
}

// choose reads the table of contents and returns the entries to restore.
func (d Dump) choose(ctx context.Context, w selection.Request, share *memory.Share) (*archive.TOC, selection.Chosen, error) {
	toc, err := d.ReadTOC(ctx, share)
	if err != nil {
		return nil, selection.Chosen{}, err
	}
	chosen, err := selection.Choose(toc, w)
	return toc, chosen, err
}

// damagedOr returns err with the failure code of a damaged archive if it is the
// error of one.
func (d Dump) damagedOr(err error, doing string) error {
	switch {
	case failure.CodeOf(err) == failure.VerificationFailed:
		// The cause is the stored bytes, whatever error the reader of the
		// archive returned.
	case errors.Is(err, archive.ErrDamaged):
		return failure.Wrap(err, failure.VerificationFailed, "restore from another recovery point", "the %s is damaged: %s", d.Name, doing)
	case errors.Is(err, archive.ErrTooLarge):
		return failure.Wrap(err, failure.VerificationFailed, "restore from another recovery point; if this one is whole, restore it as files, and those with pg_restore",
			"the %s is damaged, or of a database with far too many objects: %s", d.Name, doing)
	case errors.Is(err, archive.ErrUnknownVersion):
		return failure.Wrap(err, failure.BackupToolNotFound, "restore with a newer pgvault, or as files, and those with pg_restore",
			"the %s was made by a PostgreSQL that this pgvault does not know: %s", d.Name, doing)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// stepReader reads a dump from its beginning in small ranges, so that little
// more is requested than is read.
type stepReader struct {
	ctx    context.Context
	dump   Dump
	step   int64
	offset int64
	part   io.ReadCloser
}

func (r *stepReader) Read(p []byte) (int, error) {
	for {
		if r.part == nil {
			if err := r.open(); err != nil {
				return 0, err
			}
		}
		n, err := r.part.Read(p)
		if n > 0 || err == nil {
			return n, nil
		}
		r.close()
		if !errors.Is(err, io.EOF) {
			return 0, err
		}
	}
}

func (r *stepReader) open() error {
	count := min(r.step, r.dump.Size-r.offset)
	if count <= 0 {
		return io.EOF
	}
	part, err := r.dump.Open(r.ctx, r.offset, count)
	if err != nil {
		return err
	}
	r.part, r.offset, r.step = part, r.offset+count, tocStep
	return nil
}

func (r *stepReader) close() {
	if r.part != nil {
		_ = r.part.Close()
		r.part = nil
	}
}
