package archive_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
)

// benchmarkRows returns rows in COPY's text format: increasing numbers,
// repeated words, and text that does not compress.
func benchmarkRows() []byte {
	random := rand.New(rand.NewPCG(1, 2))
	var rows bytes.Buffer
	for i := range 100_000 {
		fmt.Fprintf(&rows, "%d\t2026-11-%02d %02d:00:00+00\tcustomer %d\t%x\t\\N\t%s\n",
			i, 1+random.IntN(28), random.IntN(24), random.IntN(5000), random.Uint64(), []string{"new", "paid", "sent", "returned"}[random.IntN(4)])
	}
	return rows.Bytes()
}

// encoded returns a table's block.
func encoded(b *testing.B, c archive.Compression, rows []byte) []byte {
	b.Helper()
	e, err := archive.NewEncoder(c, c.DefaultLevel())
	require.NoError(b, err)
	var block bytes.Buffer
	require.NoError(b, e.BeginTable(&block, 7))
	_, err = e.Write(rows)
	require.NoError(b, err)
	sum, err := e.End()
	require.NoError(b, err)
	block.Write(archive.TableTail(c, sum))
	return block.Bytes()
}

func BenchmarkDecode(b *testing.B) {
	rows := benchmarkRows()
	for _, c := range compressions {
		block := encoded(b, c, rows)
		b.Run(c.String(), func(b *testing.B) {
			b.SetBytes(int64(len(rows)))
			b.ReportAllocs()
			for b.Loop() {
				r, err := archive.NewTableReader(bytes.NewReader(block), archive.Header{Compression: c}, 7, archive.Part{First: true, Last: true})
				require.NoError(b, err)
				n, err := io.Copy(io.Discard, r)
				require.NoError(b, err)
				require.EqualValues(b, len(rows)+len(terminator), n)
				require.NoError(b, r.Close())
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	rows := benchmarkRows()
	for _, c := range compressions {
		b.Run(c.String(), func(b *testing.B) {
			b.SetBytes(int64(len(rows)))
			b.ReportAllocs()
			var stored int
			for b.Loop() {
				stored = len(encoded(b, c, rows))
			}
			b.ReportMetric(float64(stored)/float64(len(rows)), "stored/row-bytes")
		})
	}
}

// BenchmarkReadTOC reads a small table of contents.
func BenchmarkReadTOC(b *testing.B) {
	content := corpus(b)["17-zstd.dump"]
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := archive.ReadTOC(bytes.NewReader(content))
		require.NoError(b, err)
	}
}
