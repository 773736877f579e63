package pgcopy_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres/pgcopy"
)

// A row may have 1 GiB, and is passed on in parts. Another message is buffered.
func TestOnlyARowMayBeLong(t *testing.T) {
	t.Parallel()
	announced := func(kind byte, length uint32) *bytes.Reader {
		return bytes.NewReader(binary.BigEndian.AppendUint32([]byte{kind}, length))
	}
	for _, kind := range []byte{'E', 'N', 'T', 'C', 'A'} {
		_, err := pgcopy.Message(announced(kind, 1<<29))
		require.ErrorContains(t, err, "invalid length", "%c", kind)
	}
	_, err := pgcopy.Message(announced('d', 1<<31))
	require.ErrorContains(t, err, "invalid length")
	kind, err := pgcopy.Message(announced('d', 1<<29))
	require.NoError(t, err)
	require.Equal(t, byte('d'), kind)
}
