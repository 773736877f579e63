package fingerprint

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"

	"github.com/zeebo/xxh3"
)

// Sum is a sum of hashes, modulo 2^128. Its text is 32 hexadecimal digits.
type Sum struct{ Hi, Lo uint64 }

// add adds a hash.
func (s *Sum) add(other Sum) {
	var carry uint64
	s.Lo, carry = bits.Add64(s.Lo, other.Lo, 0)
	s.Hi, _ = bits.Add64(s.Hi, other.Hi, carry)
}

// String returns the 32 digits.
func (s Sum) String() string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], s.Hi)
	binary.BigEndian.PutUint64(raw[8:], s.Lo)
	return hex.EncodeToString(raw[:])
}

// MarshalText implements [encoding.TextMarshaler].
func (s Sum) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *Sum) UnmarshalText(text []byte) error {
	var raw [16]byte
	if len(text) != hex.EncodedLen(len(raw)) {
		return fmt.Errorf("a sum of hashes has 32 hexadecimal digits, and this one has %d characters", len(text))
	}
	if _, err := hex.Decode(raw[:], text); err != nil {
		return fmt.Errorf("a sum of hashes: %w", err)
	}
	s.Hi, s.Lo = binary.BigEndian.Uint64(raw[:8]), binary.BigEndian.Uint64(raw[8:])
	return nil
}

// Rows is the fingerprint of rows.
type Rows struct {
	// Count is the number of rows.
	Count int64 `json:"rows"`
	// Sum is the sum of their hashes.
	Sum Sum `json:"sum"`
}

// Add adds the fingerprint of other rows.
func (r *Rows) Add(other Rows) {
	r.Count += other.Count
	r.Sum.add(other.Sum)
}

// Hasher computes the fingerprint of rows from COPY's text. The zero value is
// ready for use. It is not safe for concurrent use.
type Hasher struct {
	rows Rows
	// cut has the beginning of a line whose end was not written yet, if open.
	cut  *xxh3.Hasher
	open bool
}

// Write adds text, which may begin and end anywhere in a line.
func (h *Hasher) Write(text []byte) {
	for len(text) > 0 {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			h.begin(text)
			return
		}
		h.end(text[:end])
		text = text[end+1:]
	}
}

// WriteRows is like [Hasher.Write] for whole rows whose ends are known: the offsets
// in the text after their line feeds. It does not search the rows for line feeds.
// Text without ends may begin and end anywhere in a line.
func (h *Hasher) WriteRows(text []byte, ends []int) {
	if h.open {
		ends = nil
	}
	begin, sum := 0, h.rows.Sum
	for _, end := range ends {
		line := text[begin:end]
		if len(line) == 0 || line[len(line)-1] != '\n' {
			break // the rest is searched
		}
		hash := xxh3.Hash128(line[:len(line)-1])
		sum.add(Sum{hash.Hi, hash.Lo})
		h.rows.Count++
		begin = end
	}
	h.rows.Sum = sum
	h.Write(text[begin:])
}

// begin adds a part of a line that has no end yet.
func (h *Hasher) begin(part []byte) {
	if h.cut == nil {
		h.cut = xxh3.New()
	}
	if !h.open {
		h.cut.Reset()
		h.open = true
	}
	_, _ = h.cut.Write(part) // never fails
}

// end adds the end of a line, or a whole line.
func (h *Hasher) end(line []byte) {
	var hash xxh3.Uint128
	if h.open {
		_, _ = h.cut.Write(line) // never fails
		hash, h.open = h.cut.Sum128(), false
	} else {
		hash = xxh3.Hash128(line)
	}
	h.rows.Count++
	h.rows.Sum.add(Sum{hash.Hi, hash.Lo})
}

// errOpen is returned for text that does not end with a line feed.
var errOpen = errors.New("the last row of a table has no end")

// End returns the fingerprint of the rows since the last End, and an error if the
// last line has no end.
func (h *Hasher) End() (Rows, error) {
	rows, open := h.rows, h.open
	h.rows, h.open = Rows{}, false
	if open {
		return rows, errOpen
	}
	return rows, nil
}

// EndOf is like [Hasher.End]. It returns an error too if the rows are not as many as
// the server has counted.
func (h *Hasher) EndOf(counted int64) (Rows, error) {
	rows, err := h.End()
	if err == nil && rows.Count != counted {
		err = fmt.Errorf("the server has counted %d rows, and %d came", counted, rows.Count)
	}
	return rows, err
}
