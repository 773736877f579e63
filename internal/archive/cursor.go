package archive

import (
	"encoding/binary"
	"math"
)

// cursor goes through the parts of header and TOC.
type cursor struct {
	budget *budget
	next   func(n int) (string, error)
	at     int // bytes from the beginning
	// links counts dependencies, and dependencies has room for all of them.
	links        int
	dependencies []int
}

// take goes over n bytes.
func (c *cursor) take(n int) (string, error) {
	text, err := c.next(n)
	c.at += len(text)
	return text, err
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
	return signed(b[0], uint32(b[1])|uint32(b[2])<<8|uint32(b[3])<<16|uint32(b[4])<<24)
}

// decodeInt reads a sign and a magnitude.
func decodeInt(b []byte) (int, error) { return signed(b[0], binary.LittleEndian.Uint32(b[1:])) }

// signed puts them together. The smallest of C's ints is one.
func signed(sign byte, magnitude uint32) (int, error) {
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
	text, err = c.take(n)
	return text, false, err
}
