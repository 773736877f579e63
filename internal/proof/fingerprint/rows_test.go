package fingerprint_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/zeebo/xxh3"

	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// rowsOf returns the fingerprint of a text that is written in one piece.
func rowsOf(t *testing.T, text string) fingerprint.Rows {
	t.Helper()
	var h fingerprint.Hasher
	h.Write([]byte(text))
	rows, err := h.End()
	require.NoError(t, err)
	return rows
}

func TestFingerprintOfKnownRows(t *testing.T) {
	t.Parallel()
	require.Equal(t, fingerprint.Rows{}, rowsOf(t, ""))
	hash := xxh3.HashString128("1\tone")
	require.Equal(t, fingerprint.Rows{Count: 1, Sum: fingerprint.Sum{Hi: hash.Hi, Lo: hash.Lo}}, rowsOf(t, "1\tone\n"))
	// From python3-xxhash: (xxh3_128("1\tone") + xxh3_128("2\ttwo")) mod 2^128.
	require.Equal(t, "4d34c324988f61b69d08dd158196f563", rowsOf(t, "1\tone\n2\ttwo\n").Sum.String())
	// Rows of a table without columns: 2 * xxh3_128("") mod 2^128.
	require.Equal(t, "33540da6028f31b0c00386488d1a92fe", rowsOf(t, "\n\n").Sum.String())
}

func TestFingerprintChangesWithEachRow(t *testing.T) {
	t.Parallel()
	whole := rowsOf(t, "1\tone\n2\ttwo\n3\tthree\n")
	require.Equal(t, whole, rowsOf(t, "3\tthree\n1\tone\n2\ttwo\n"), "the order does not matter")
	for name, text := range map[string]string{
		"a value":        "1\tone\n2\ttwo\n3\tthre3\n",
		"a row less":     "1\tone\n2\ttwo\n",
		"a row twice":    "1\tone\n2\ttwo\n3\tthree\n3\tthree\n",
		"two equal rows": "1\tone\n2\ttwo\n3\tthree\n1\tone\n1\tone\n",
		"another cut":    "1\n\tone\n2\ttwo\n3\tthree\n",
	} {
		require.NotEqual(t, whole, rowsOf(t, text), name)
	}
	var sum fingerprint.Rows
	sum.Add(rowsOf(t, "1\tone\n"))
	sum.Add(rowsOf(t, "2\ttwo\n3\tthree\n"))
	require.Equal(t, whole, sum, "the fingerprints of parts add up")
}

func TestFingerprintOfTextInAnyPieces(t *testing.T) {
	t.Parallel()
	text := []byte(strings.Repeat("12\tsome text\n\n", 50) + strings.Repeat("long ", 1<<14) + "\n" + strings.Repeat("x\n", 9))
	want := rowsOf(t, string(text))
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var h fingerprint.Hasher
		rest := text
		for len(rest) > 0 {
			n := 1 + random.IntN(min(len(rest), 1+random.IntN(5000)))
			h.Write(rest[:n])
			rest = rest[n:]
		}
		found, err := h.End()
		require.NoError(t, err)
		require.Equal(t, want, found)
	}
}

func TestFingerprintOfRowsWithEnds(t *testing.T) {
	t.Parallel()
	for _, lines := range [][]string{
		{"1\tone\n", "\n", "2\ttwo\n"},
		{"a row of\n", " two parts", " without an end\n", "3\n"},
		{"", "\n"},
		nil,
	} {
		text := strings.Join(lines, "")
		var ends []int
		for i := range lines {
			ends = append(ends, len(strings.Join(lines[:i+1], "")))
		}
		for _, open := range []string{"", "the beginning of a long row"} {
			var h fingerprint.Hasher
			h.WriteRows([]byte(open), nil)
			h.WriteRows([]byte(text), ends)
			h.WriteRows([]byte("4\n"), []int{2})
			found, err := h.End()
			require.NoError(t, err)
			require.Equal(t, rowsOf(t, open+text+"4\n"), found, "%q after %q", text, open)
		}
	}
}

func TestFingerprintOfAnOpenLine(t *testing.T) {
	t.Parallel()
	var h fingerprint.Hasher
	h.Write([]byte("1\n2"))
	_, err := h.End()
	require.ErrorContains(t, err, "no end")
	h.Write([]byte("1\n"))
	rows, err := h.End()
	require.NoError(t, err)
	require.Equal(t, rowsOf(t, "1\n"), rows, "End begins another list of rows")
}

func TestRowsThatTheServerHasCounted(t *testing.T) {
	t.Parallel()
	var h fingerprint.Hasher
	h.Write([]byte("1\n2\n"))
	rows, err := h.EndOf(2)
	require.NoError(t, err)
	require.Equal(t, rowsOf(t, "1\n2\n"), rows)
	h.Write([]byte("1\n2\n"))
	_, err = h.EndOf(3)
	require.EqualError(t, err, "the server has counted 3 rows, and 2 came")
	h.Write([]byte("1\n2"))
	_, err = h.EndOf(1)
	require.ErrorContains(t, err, "no end")
}

func TestHasherAllocatesNothing(t *testing.T) {
	text := bytes.Repeat([]byte("12\tsome text\n"), 1000)
	var h fingerprint.Hasher
	h.Write(text[:5])
	h.Write(text[5:])
	require.Zero(t, testing.AllocsPerRun(10, func() { h.Write(text) }))
	require.Zero(t, testing.AllocsPerRun(10, func() { h.WriteRows(text, []int{len(text) / 2, len(text)}) }))
}

func BenchmarkHasher(b *testing.B) {
	for _, length := range []int{20, 100, 1000} {
		b.Run(strconv.Itoa(length), func(b *testing.B) {
			text := slices.Repeat(append(bytes.Repeat([]byte("x"), length-1), '\n'), 1<<20/length)
			var ends []int
			for end := length; end <= len(text); end += length {
				ends = append(ends, end)
			}
			var h fingerprint.Hasher
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				h.WriteRows(text, ends)
			}
		})
	}
}
