package archive

import (
	"encoding/binary"
	"math"
)

// cursor reads the header and the table of contents from beginning to end.
type cursor struct {
	budget *budget
	// next returns the next n bytes.
	next func(n int) (string, error)
	// at is the number of bytes read.
	at int
	// dependencyCount is the number of dependencies of all entries read.
	dependencyCount int
	// dependencies are those of all entries, with room for [cursor.dependencyCount].
	dependencies []int
}

// take returns the next n bytes.
func (c *cursor) take(n int) (string, error) {
	text, err := c.next(n)
	c.at += len(text)
	return text, err
}

// byte returns the next byte.
func (c *cursor) byte() (byte, error) {
	b, err := c.take(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// int returns the next integer.
func (c *cursor) int() (int, error) {
	b, err := c.take(1 + intSize)
	if err != nil {
		return 0, err
	}
	return signed(b[0], uint32(b[1])|uint32(b[2])<<8|uint32(b[3])<<16|uint32(b[4])<<24)
}

// decodeInt returns the integer that b begins with: a byte for the sign, and a
// magnitude of [intSize] bytes in little-endian order.
func decodeInt(b []byte) (int, error) { return signed(b[0], binary.LittleEndian.Uint32(b[1:])) }

// signed returns the integer with that sign and magnitude. It fails if C's int
// cannot hold it.
func signed(sign byte, magnitude uint32) (int, error) {
	if sign > 1 || magnitude > math.MaxInt32+uint32(sign) {
		return 0, damaged("a number has sign %d and magnitude %d", sign, magnitude)
	}
	if sign == 1 {
		return -int(magnitude), nil
	}
	return int(magnitude), nil
}

// appendInt appends n in the form that [decodeInt] reads.
func appendInt(dst []byte, n int) []byte {
	sign := byte(0)
	if n < 0 {
		sign, n = 1, -n
	}
	return binary.LittleEndian.AppendUint32(append(dst, sign), uint32(n))
}

// string returns the next string; "" if it is null.
func (c *cursor) string() (string, error) {
	text, _, err := c.nullString()
	return text, err
}

// nullString returns the next string, and whether it is null.
func (c *cursor) nullString() (text string, null bool, err error) {
	n, err := c.int()
	if err != nil || n < 0 {
		return "", true, err
	}
	text, err = c.take(n)
	return text, false, err
}
