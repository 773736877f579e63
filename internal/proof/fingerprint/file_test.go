package fingerprint_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// sample returns a file with every field.
func sample() fingerprint.File {
	rows := fingerprint.Rows{Count: 3, Sum: fingerprint.Sum{Hi: 1, Lo: 0xffff_ffff_ffff_ffff}}
	return fingerprint.File{
		FormatVersion: fingerprint.FormatVersion,
		Settings:      []fingerprint.Setting{{Name: "TimeZone", Value: "Europe/Zürich"}},
		Tables: []fingerprint.Table{
			{DumpID: 7, Schema: "shop", Name: "orders", Columns: []fingerprint.Name{"id", `a "b"`}, Rows: rows, Pieces: []fingerprint.Rows{rows, {}}},
			{DumpID: 8, Schema: "shop", Name: "b\xfcro", Into: &fingerprint.TableName{Schema: "shop", Name: "all"}, Filtered: true},
		},
		Sequences:    []fingerprint.Sequence{{Schema: "shop", Name: "s", Last: -9223372036854775808, Called: true}},
		LargeObjects: []fingerprint.Object{{OID: 4294967295, Bytes: 5, SHA256: fingerprint.Hash{1, 2}}},
	}
}

// unbounded grants all memory.
func unbounded(int64) error { return nil }

func encoded(t *testing.T, f fingerprint.File) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, fingerprint.Encode(&out, f))
	require.True(t, json.Valid([]byte(out.String())), out.String())
	return out.String()
}

func TestFileComesBack(t *testing.T) {
	t.Parallel()
	for _, f := range []fingerprint.File{sample(), {FormatVersion: 1}} {
		found, err := fingerprint.Decode(iotest.OneByteReader(strings.NewReader(encoded(t, f))), unbounded)
		require.NoError(t, err)
		require.Equal(t, f, found)
	}
}

func TestFileOfALaterProgramCanHaveMore(t *testing.T) {
	t.Parallel()
	text := strings.Replace(encoded(t, sample()), "{", `{"later": {"a": [1]},`, 1)
	found, err := fingerprint.Decode(strings.NewReader(text), unbounded)
	require.NoError(t, err)
	require.Equal(t, sample(), found)
}

func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	whole := encoded(t, sample())
	inTable, _, found := strings.Cut(whole, "orders")
	require.True(t, found)
	damaged := map[string]string{
		"empty":          "",
		"a list":         "[]",
		"no list":        `{"tables": 3}`,
		"no version":     `{"tables": []}`,
		"later version":  `{"formatVersion": 2}`,
		"short sum":      `{"formatVersion": 1, "tables": [{"rows": 1, "sum": "00"}]}`,
		"no digits":      `{"formatVersion": 1, "tables": [{"rows": 1, "sum": "` + strings.Repeat("x", 32) + `"}]}`,
		"short hash":     `{"formatVersion": 1, "largeObjects": [{"sha256": "00"}]}`,
		"more":           whole + "{}",
		"cut off":        whole[:len(whole)-3],
		"cut in a table": inTable,
	}
	for name, text := range damaged {
		_, err := fingerprint.Decode(strings.NewReader(text), unbounded)
		require.ErrorIs(t, err, fingerprint.ErrDamaged, name)
	}
}

func TestErrorsOfTheReaderAreKept(t *testing.T) {
	t.Parallel()
	broken := errors.New("storage away")
	text := encoded(t, sample())
	for cut := range len(text) {
		_, err := fingerprint.Decode(bytesThen(text[:cut], broken), unbounded)
		require.ErrorIs(t, err, broken)
		require.NotErrorIs(t, err, fingerprint.ErrDamaged)
	}
}

func bytesThen(text string, err error) *failing {
	return &failing{Reader: strings.NewReader(text), err: err}
}

// failing fails after its text.
type failing struct {
	*strings.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.Len() == 0 {
		return 0, f.err
	}
	return f.Reader.Read(p)
}

func TestMemoryIsAskedFor(t *testing.T) {
	t.Parallel()
	f := fingerprint.File{FormatVersion: 1, LargeObjects: make([]fingerprint.Object, 50_000)}
	var text bytes.Buffer
	require.NoError(t, fingerprint.Encode(&text, f))
	asked := int64(0)
	_, err := fingerprint.Decode(bytes.NewReader(text.Bytes()), func(bytes int64) error { asked += bytes; return nil })
	require.NoError(t, err)
	require.Greater(t, asked, int64(50_000*48))
	none := errors.New("no memory")
	_, err = fingerprint.Decode(bytes.NewReader(text.Bytes()), func(int64) error { return none })
	require.ErrorIs(t, err, none)
}
