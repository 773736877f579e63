package archive

import (
	"io"
	"strings"
)

// minChunk and maxChunk are the limits of a chunk's size, in bytes. Chunks grow
// with the text.
const minChunk, maxChunk = 4 << 10, 256 << 10

// input reads a text into chunks that are never moved. The strings that next
// returns are parts of the chunks, so that no text is in memory twice.
type input struct {
	r        io.Reader
	budget   *budget
	chunk    strings.Builder
	capacity int      // of chunk, in bytes
	filled   []string // the chunks before it
	read     int      // in bytes
	step     [1 << 10]byte
}

// next returns the next n bytes.
func (i *input) next(n int) (string, error) {
	if n > maxChunk {
		return i.long(n)
	}
	if n > i.capacity-i.chunk.Len() {
		i.end()
		i.capacity = max(n, min(max(i.read, minChunk), maxChunk))
		if err := i.budget.take(i.capacity); err != nil {
			return "", err
		}
		i.chunk.Grow(i.capacity)
	}
	begin := i.chunk.Len()
	for missing := n; missing > 0; {
		step := i.step[:min(missing, len(i.step))]
		if _, err := io.ReadFull(i.r, step); err != nil {
			return "", eofAsDamage(err)
		}
		i.chunk.Write(step)
		missing -= len(step)
	}
	i.read += n
	return i.chunk.String()[begin:], nil
}

// long returns the next n bytes, which are more than a chunk has. The system
// provides the memory as it is filled, since the input may end before.
func (i *input) long(n int) (string, error) {
	if err := i.budget.take(n); err != nil {
		return "", err
	}
	i.end()
	var whole strings.Builder
	whole.Grow(n)
	buffer := make([]byte, maxChunk)
	for missing := n; missing > 0; {
		part := buffer[:min(missing, maxChunk)]
		if _, err := io.ReadFull(i.r, part); err != nil {
			return "", eofAsDamage(err)
		}
		whole.Write(part)
		missing -= len(part)
	}
	i.read += n
	i.filled = append(i.filled, whole.String())
	return whole.String(), nil
}

// end closes the current chunk.
func (i *input) end() {
	if i.chunk.Len() > 0 {
		i.filled = append(i.filled, i.chunk.String())
	}
	i.chunk.Reset()
	i.capacity = 0
}

// text returns everything read, in chunks. No result of next spans two of them.
func (i *input) text() []string {
	i.end()
	return i.filled
}

// replay returns the same strings from a text as [input] did when it read it.
type replay struct {
	rest  string
	after []string
}

// next returns the next n bytes.
func (r *replay) next(n int) (string, error) {
	for len(r.rest) < n {
		r.rest, r.after = r.after[0], r.after[1:]
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken, nil
}
