package archive_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
)

// crafted is a stream that is generated while it is read, so that it takes no
// memory. It consists of part(0), part(1) and so on, up to the first empty one.
type crafted struct {
	rest []byte
	part func(number int) []byte
	at   int
}

func (c *crafted) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		c.rest = c.part(c.at)
		c.at++
	}
	if len(c.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// inTurn returns the parts, followed by endless without end.
func inTurn(endless []byte, parts ...[]byte) func(int) []byte {
	return func(number int) []byte {
		if number < len(parts) {
			return parts[number]
		}
		return endless
	}
}

// numbered returns the entry with the IDs 1, 2, 3, ….
func indexEntry(entry []byte) func(int) []byte {
	return func(number int) []byte {
		binary.LittleEndian.PutUint32(entry[1:], uint32(number+1))
		return entry
	}
}

// text encodes ints and strings in the format of an archive.
func text(all ...any) (out []byte) {
	for _, w := range all {
		n, isInt := w.(int)
		s, _ := w.(string)
		if !isInt {
			n = len(s)
		}
		out = append(binary.LittleEndian.AppendUint32(append(out, 0), uint32(n)), s...)
	}
	return out
}

var (
	toDefinition = text(1, 0, "0", "0", "", "", 2)
	toLinks      = text("", "", "", "", "", "", "")
	last         = []byte{1, 1, 0, 0, 0, byte(archive.NoData), 0, 0, 0, 0, 0, 0, 0, 0}
)

// defined returns an entry with that definition.
func defined(definition string) []byte {
	return bytes.Join([][]byte{toDefinition, text(definition), toLinks, last}, nil)
}

// links returns an entry with that many thousand dependencies, all on the same ID.
func links(thousands int, id string) func(int) []byte {
	begin, thousand := bytes.Join([][]byte{toDefinition, text(""), toLinks}, nil), bytes.Repeat(text(id), 1000)
	return func(number int) []byte {
		switch {
		case number == 0:
			return begin
		case number <= thousands:
			return thousand
		}
		return last
	}
}

// TestReadTOCLimitsItsMemory is not parallel, since it counts allocations.
func TestReadTOCLimitsItsMemory(t *testing.T) {
	const mib, most = 1 << 20, archive.MaxTOCMemory
	block := []byte(strings.Repeat("x", mib))
	tables := defined(strings.Repeat("CREATE TABLE public.measurements (at timestamp);", 5))
	for name, c := range map[string]struct {
		count int
		part  func(int) []byte
		wrong error
		// atMost is the limit of all allocations, in bytes.
		atMost int
	}{
		"of 100,000 tables with indexes and constraints": {600_000, indexEntry(tables), nil, 600_000 * (len(tables) + 240)},
		"with a count of 2 Gi entries":                   {1<<31 - 1, indexEntry(tables), archive.ErrTooLarge, mib},
		"of small entries":                               {100_000, indexEntry(defined("")), nil, 100_000 * (len(defined("")) + 240)},
		"with equal IDs":                                 {1000, inTurn(tables), archive.ErrDamaged, 2 * mib},
		"with a missing string":                          {1, inTurn(nil, toDefinition, text(most/2)), archive.ErrDamaged, most/2 + mib},
		"with a string of 2 GiB":                         {1, inTurn(block, toDefinition, text(1<<31-1)), archive.ErrTooLarge, mib},
		"with a long string":                             {1, inTurn(block, toDefinition, text(200*mib)), archive.ErrDamaged, 201 * mib},
		"with long strings without end":                  {1 << 20, indexEntry(defined(string(block))), archive.ErrTooLarge, 2 * most},
		"with two million dependencies":                  {1, links(2000, "1"), nil, 2_000_000 * (len(text("1")) + 8)},
		"with dependencies without end":                  {1, links(1<<31, strings.Repeat("0", 200)+"1"), archive.ErrTooLarge, most},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			head := append([]byte("PGDMP\x01\x0e\x00\x04\x08\x01"), text(0, 0, 0, 0, 0, 0, 0, 0, "", "", "", c.count)...)
			toc, err := archive.ReadTOC(io.MultiReader(bytes.NewReader(head), &crafted{part: c.part}))
			runtime.ReadMemStats(&after)
			require.ErrorIs(t, err, c.wrong)
			require.LessOrEqual(t, after.TotalAlloc-before.TotalAlloc, uint64(c.atMost)+mib)
			runtime.KeepAlive(toc)
		})
	}
}
