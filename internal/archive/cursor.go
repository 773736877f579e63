package archive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

var (
	// ErrDamaged tells that the bytes are not what pg_dump writes.
	ErrDamaged = errors.New("the archive is damaged")
	// ErrUnknownVersion tells that another version of PostgreSQL made the archive.
	ErrUnknownVersion = errors.New("unknown archive version")
)

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// maxTOC bounds header and table of contents, in bytes. A million tables take a
// few hundred mebibytes.
const maxTOC = 1 << 30

// growth is how much is allocated ahead of what has been read: a length that
// lies costs no more than that.
const growth = 1 << 20

// cursor reads the parts of header and TOC, and keeps their bytes.
type cursor struct {
	r   io.Reader
	raw []byte
}

// take reads n bytes. The result is valid until the next call.
func (c *cursor) take(n int) ([]byte, error) {
	begin := len(c.raw)
	if n > maxTOC-begin {
		return nil, damaged("its table of contents is longer than %d bytes", maxTOC)
	}
	for len(c.raw) < begin+n {
		step := min(begin+n-len(c.raw), growth)
		at := len(c.raw)
		c.raw = append(c.raw, make([]byte, step)...)
		if _, err := io.ReadFull(c.r, c.raw[at:]); err != nil {
			return nil, cutOff(err)
		}
	}
	return c.raw[begin:], nil
}

// cutOff calls the end of the input damage; other errors are the reader's own.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged("it is cut off")
	}
	return err
}

func (c *cursor) byte() (byte, error) {
	b, err := c.take(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

func (c *cursor) int() (int, error) {
	b, err := c.take(1 + intSize)
	if err != nil {
		return 0, err
	}
	return decodeInt(b)
}

// decodeInt reads a sign and a magnitude. The smallest of C's ints is one.
func decodeInt(b []byte) (int, error) {
	sign, magnitude := b[0], binary.LittleEndian.Uint32(b[1:])
	if sign > 1 || magnitude > math.MaxInt32+uint32(sign) {
		return 0, damaged("a number has sign %d and magnitude %d", sign, magnitude)
	}
	if sign == 1 {
		return -int(magnitude), nil
	}
	return int(magnitude), nil
}

// appendInt writes what [decodeInt] reads.
func appendInt(dst []byte, n int) []byte {
	sign := byte(0)
	if n < 0 {
		sign, n = 1, -n
	}
	return binary.LittleEndian.AppendUint32(append(dst, sign), uint32(n))
}

// string reads a string; a null one is "".
func (c *cursor) string() (string, error) {
	text, _, err := c.nullString()
	return text, err
}

func (c *cursor) nullString() (text string, null bool, err error) {
	n, err := c.int()
	if err != nil || n < 0 {
		return "", true, err
	}
	b, err := c.take(n)
	return string(b), false, err
}
