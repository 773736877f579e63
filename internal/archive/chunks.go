package archive

import (
	"bufio"
	"errors"
	"io"
)

// chunkReader reads the chunks of a block as one stream. What a chunk claims to
// be long is never allocated.
type chunkReader struct {
	from *bufio.Reader
	// open reports whether the stream ends with the input, not with an empty chunk.
	open bool
	left int
	// err is io.EOF after the last chunk.
	err error
}

// Read fills p from as many chunks as there are at hand.
func (c *chunkReader) Read(p []byte) (n int, err error) {
	for n < len(p) && (n == 0 || c.ready()) {
		if err := c.next(); err != nil {
			return n, err
		}
		m, err := c.from.Read(p[n:min(len(p), n+c.left)])
		c.left -= m
		n += m
		if err != nil {
			return n, c.breakOff(err)
		}
	}
	return n, nil
}

// ready reports whether there is more to read without waiting for the input.
func (c *chunkReader) ready() bool {
	if c.left > 0 {
		return c.from.Buffered() > 0
	}
	return c.from.Buffered() > intSize
}

// next goes to the next chunk if this one has been read.
func (c *chunkReader) next() error {
	if c.err != nil || c.left > 0 {
		return c.err
	}
	n, err := readInt(c.from)
	switch {
	case errors.Is(err, io.EOF) && c.open:
		c.err = io.EOF
		return c.err
	case err != nil:
		return c.breakOff(err)
	case n < 0:
		return c.breakOff(damaged("a chunk has %d bytes", n))
	case n == 0 && c.open:
		return c.breakOff(damaged("a block ends before its last piece"))
	case n == 0:
		c.err = io.EOF
		return c.err
	}
	c.left = n
	return nil
}

func (c *chunkReader) breakOff(err error) error {
	c.err = cutOff(err)
	return c.err
}

// broken is what was wrong with the chunks or their input, if anything was.
func (c *chunkReader) broken() error {
	if errors.Is(c.err, io.EOF) {
		return nil
	}
	return c.err
}

// skip goes to where the chunks end.
func (c *chunkReader) skip() error {
	for {
		if err := c.next(); err != nil {
			return c.broken()
		}
		n, err := c.from.Discard(c.left)
		c.left -= n
		if err != nil {
			return c.breakOff(err)
		}
	}
}

// again begins with the next stream of chunks.
func (c *chunkReader) again() { c.left, c.err = 0, nil }
