package archive

import (
	"io"
	"strings"
)

// The chunks of a text grow with it from the least to the most.
const leastChunk, mostChunk = 4 << 10, 256 << 10

// input reads a text, and keeps it in chunks that are never moved: what is taken
// of it is a part of one of them, so that nothing is held twice.
type input struct {
	r      io.Reader
	budget *budget
	chunk  strings.Builder
	full   int // bytes that the chunk may have
	before []string
	read   int
	step   [1 << 10]byte
}

// next reads n bytes.
func (i *input) next(n int) (string, error) {
	if n > mostChunk {
		return i.long(n)
	}
	if n > i.full-i.chunk.Len() {
		i.end()
		i.full = max(n, min(max(i.read, leastChunk), mostChunk))
		if err := i.budget.take(i.full); err != nil {
			return "", err
		}
		i.chunk.Grow(i.full)
	}
	begin := i.chunk.Len()
	for missing := n; missing > 0; {
		step := i.step[:min(missing, len(i.step))]
		if _, err := io.ReadFull(i.r, step); err != nil {
			return "", cutOff(err)
		}
		i.chunk.Write(step)
		missing -= len(step)
	}
	i.read += n
	return i.chunk.String()[begin:], nil
}

// long reads a string longer than a chunk. It may be cut off, so room for all
// of it is made only when it is there.
func (i *input) long(n int) (string, error) {
	if err := i.budget.take(n); err != nil {
		return "", err
	}
	i.end()
	var parts []string
	buffer := make([]byte, mostChunk)
	for missing := n; missing > 0; {
		part := buffer[:min(missing, mostChunk)]
		if _, err := io.ReadFull(i.r, part); err != nil {
			return "", cutOff(err)
		}
		parts = append(parts, string(part))
		missing -= len(part)
	}
	i.read += n
	i.before = append(i.before, strings.Join(parts, ""))
	return i.before[len(i.before)-1], nil
}

func (i *input) end() {
	if i.chunk.Len() > 0 {
		i.before = append(i.before, i.chunk.String())
	}
	i.chunk.Reset()
	i.full = 0
}

// text is what was read, in parts of which each holds whole what was taken together.
func (i *input) text() []string {
	i.end()
	return i.before
}

// again takes from a text that was read what was taken then.
type again struct {
	rest  string
	after []string
}

func (a *again) next(n int) (string, error) {
	for len(a.rest) < n {
		a.rest, a.after = a.after[0], a.after[1:]
	}
	taken := a.rest[:n]
	a.rest = a.rest[n:]
	return taken, nil
}
