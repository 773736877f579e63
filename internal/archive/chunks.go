package archive

import (
	"bufio"
	"errors"
	"io"
)

// chunkReader reads the chunks of a block as one stream. It never allocates
// memory according to a chunk's length, which may be wrong.
type chunkReader struct {
	from *bufio.Reader
	// endsWithInput is whether the stream ends where the input ends, not at an empty chunk.
	endsWithInput bool
	// left is the number of bytes of the current chunk that have not been read.
	left int
	// err is io.EOF after the last chunk.
	err error
}

// Read fills p from the chunks that can be read without waiting for the input.
func (c *chunkReader) Read(p []byte) (n int, err error) {
	for n < len(p) && (n == 0 || c.ready()) {
		if err := c.next(); err != nil {
			return n, err
		}
		m, err := c.from.Read(p[n:min(len(p), n+c.left)])
		c.left -= m
		n += m
		if err != nil {
			return n, c.fail(err)
		}
	}
	return n, nil
}

// ready reports whether more can be read without waiting for the input.
func (c *chunkReader) ready() bool {
	if c.left > 0 {
		return c.from.Buffered() > 0
	}
	return c.from.Buffered() > intSize
}

// next advances to the next chunk if the current one has been read. It returns
// io.EOF after the last chunk.
func (c *chunkReader) next() error {
	if c.err != nil || c.left > 0 {
		return c.err
	}
	n, err := readInt(c.from)
	switch {
	case errors.Is(err, io.EOF) && c.endsWithInput:
		c.err = io.EOF
		return c.err
	case err != nil:
		return c.fail(err)
	case n < 0:
		return c.fail(damaged("a chunk has %d bytes", n))
	case n == 0 && c.endsWithInput:
		return c.fail(damaged("a block ends before its last piece"))
	case n == 0:
		c.err = io.EOF
		return c.err
	}
	c.left = n
	return nil
}

// fail records err as the end of the stream, and returns it.
func (c *chunkReader) fail(err error) error {
	c.err = eofAsDamage(err)
	return c.err
}

// inputError returns the error of the chunks or of their input, or nil.
func (c *chunkReader) inputError() error {
	if errors.Is(c.err, io.EOF) {
		return nil
	}
	return c.err
}

// skip advances to the end of the chunks.
func (c *chunkReader) skip() error {
	for {
		if err := c.next(); err != nil {
			return c.inputError()
		}
		n, err := c.from.Discard(c.left)
		c.left -= n
		if err != nil {
			return c.fail(err)
		}
	}
}

// reset prepares c for the next stream of chunks.
func (c *chunkReader) reset() { c.left, c.err = 0, nil }
