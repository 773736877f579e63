package blobstore

import (
	"context"
	"fmt"
	"io"
)

// OpenChecked is [Container.OpenRange] for a blob whose block list is known: no
// byte is handed on before its block has been compared. Whole blocks are read;
// a range that begins and ends where blocks do takes no more than its bytes.
//
// A block that differs is a [*Damage]. Nothing of it, or after it, is handed on.
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

// eof is a reader of nothing.
type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

type checkedReader struct {
	from  io.ReadCloser
	name  string
	index *Index
	// block is the next to be read.
	block int
	// skip is what is not wanted of its beginning, left what is still wanted.
	skip, left int64
	buffer     []byte
	// ready is what is left of a block that has been compared.
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

// next reads a block and compares it.
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

// Close ends the reading.
func (r *checkedReader) Close() error { return r.from.Close() }
