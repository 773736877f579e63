package vault_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
)

func TestFingerprintsAreCheckedAsTheyAreRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, orders, scheduled)
	read := func() ([]byte, error) {
		from, err := b.OpenFingerprints(t.Context(), m)
		if err != nil {
			return nil, err
		}
		defer func() { require.NoError(t, from.Close()) }()
		return io.ReadAll(from)
	}
	content, err := read()
	require.NoError(t, err)
	require.Equal(t, m.Fingerprints.SHA256, sum(content))
	moved := 0
	require.NoError(t, b.CheckFingerprints(t.Context(), m.Fingerprints, func() { moved++ }))
	require.NotZero(t, moved)

	other := bytes.Clone(content)
	other[3] ^= 1
	for name, stored := range map[string][]byte{"a bit": other, "cut": content[:len(content)-1], "longer": append(bytes.Clone(content), ' ')} {
		_, err := b.container.Put(t.Context(), m.Fingerprints.Blob, stored, nil)
		require.NoError(t, err)
		_, err = read()
		requireDamaged(t, err, failure.VerificationFailed, m.Fingerprints.Blob, "another recovery point")
		err = b.CheckFingerprints(t.Context(), m.Fingerprints, func() {})
		requireDamaged(t, err, failure.VerificationFailed, m.Fingerprints.Blob, vault.TakeAgain)
		require.True(t, b.find(t, m).Committed, name)
	}
	require.NoError(t, b.container.Delete(t.Context(), m.Fingerprints.Blob))
	_, err = read()
	requireDamaged(t, err, failure.VerificationFailed, m.Fingerprints.Blob, "another recovery point")
}
