package restore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// Dump is a stored archive that can be read from anywhere in it.
type Dump struct {
	// Name is what messages call it, such as "dump of recovery point ID".
	Name string
	Size int64
	// TOCSize is the length of header and table of contents; 0 where nobody noted it.
	TOCSize int64
	// Pieces are the places where the pieces of a divided entry begin, by dump ID.
	// Entries in one piece are not in it.
	Pieces map[int][]int64
	// Open reads a part. Its reader outlives an outage of the storage.
	Open func(ctx context.Context, offset, count int64) (io.ReadCloser, error)
}

// tocStep is what is read at a time of a table of contents of unknown length.
const tocStep = 512 << 10

// ReadTOC reads header and table of contents.
func (d Dump) ReadTOC(ctx context.Context) (*archive.TOC, error) {
	step := d.TOCSize
	if step <= 0 {
		step = tocStep
	}
	r := &stepReader{ctx: ctx, dump: d, step: step}
	defer r.close()
	toc, err := archive.ReadTOC(bufio.NewReader(r))
	if err != nil {
		return nil, d.damagedOr(err, "read the dump's table of contents")
	}
	return toc, nil
}

// choose finds what is wanted of the dump.
func (d Dump) choose(ctx context.Context, w selection.Request) (*archive.TOC, selection.Chosen, error) {
	toc, err := d.ReadTOC(ctx)
	if err != nil {
		return nil, selection.Chosen{}, err
	}
	chosen, err := selection.Choose(toc, w)
	return toc, chosen, err
}

// damagedOr returns err with the code of a damaged archive if it is one.
func (d Dump) damagedOr(err error, doing string) error {
	switch {
	case failure.CodeOf(err) == failure.VerificationFailed:
		// The storage's bytes are to blame, whatever an archive's reader makes of that.
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

// stepReader reads a dump from its beginning in ranges of a few hundred KiB, so
// that little more is sent than is read.
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
