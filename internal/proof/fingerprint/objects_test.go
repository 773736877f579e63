package fingerprint_test

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

func TestFingerprintsOfLargeObjects(t *testing.T) {
	t.Parallel()
	h := fingerprint.NewObjectHasher()
	for oid, content := range [][]byte{[]byte("some bytes"), nil, bytes.Repeat([]byte{0, 1}, 1<<16)} {
		h.Begin(uint32(oid))
		for part := range slices.Chunk(content, 1000) {
			_, err := h.Write(part)
			require.NoError(t, err)
		}
		require.Equal(t, fingerprint.Object{OID: uint32(oid), Bytes: int64(len(content)), SHA256: sha256.Sum256(content)}, h.End())
	}
}
