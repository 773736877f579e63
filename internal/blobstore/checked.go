package blobstore

import (
	"context"
	"fmt"
	"io"
)

// OpenChecked is like [Container.OpenRange] for a blob with a known block list.
// The reader compares each block with the list before it returns bytes of the
// block. It reads whole blocks from the storage, so a range on block boundaries
// costs no extra bytes.
//
// A block that differs is a [*Damage] error. The reader returns no byte of that
// block or after it.
func (c *Container) OpenChecked(ctx context.Context, name, etag string, x *Index, offset, count int64) (io.ReadCloser, error) {
	if offset < 0 || count < 0 || offset+count > x.Size() {
		return nil, fmt.Errorf("read %s: it has %d bytes, and not %d from offset %d", name, x.Size(), count, offset)
	}
	if count == 0 {
		return io.NopCloser(eof{}), nil
	}
	first, last := x.at(offset), x.at(offset+count-1)
	begin := x.begin(first)
	from, err := c.OpenRange(ctx, name, etag, begin, x.ends[last]-begin)
	if err != nil {
		return nil, err
	}
	return &checkedReader{from: from, name: name, index: x, block: first, skip: offset - begin, left: count}, nil
}

// eof is an empty reader.
type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

type checkedReader struct {
	from  io.ReadCloser
	name  string
	index *Index
	// block is the index of the next block to read.
	block int
	// skip is the number of bytes to drop from the next block, left the number of
	// bytes still to return.
	skip, left int64
	buffer     []byte
	// ready is the unread part of a compared block.
	ready []byte
	err   error
}

var _ io.ReadCloser = (*checkedReader)(nil)

func (r *checkedReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(r.ready) == 0 {
		if r.left == 0 {
			return 0, io.EOF
		}
		if r.err == nil {
			r.err = r.next()
		}
		if r.err != nil {
			return 0, r.err
		}
	}
	n := copy(p, r.ready)
	r.ready = r.ready[n:]
	return n, nil
}

// next reads and compares the next block.
func (r *checkedReader) next() error {
	size := r.index.blocks[r.block].Size
	if int64(cap(r.buffer)) < size {
		r.buffer = make([]byte, size)
	}
	content := r.buffer[:size]
	if _, err := io.ReadFull(r.from, content); err != nil {
		return err
	}
	if d := r.index.damage(r.name, r.block, HashOf(content)); d != nil {
		return d
	}
	r.ready = content[r.skip:min(size, r.skip+r.left)]
	r.left -= int64(len(r.ready))
	r.skip = 0
	r.block++
	return nil
}

// Close closes the reader.
func (r *checkedReader) Close() error { return r.from.Close() }
