package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// TestAManifestSignsTheNewestRecordOfADrill: the next backup anchors the chain.
func TestAManifestSignsTheNewestRecordOfADrill(t *testing.T) {
	t.Parallel()
	c := newCommitter(t)
	day := time.Date(2026, 12, 1, 1, 0, 0, 0, time.UTC)
	c.commit(t, c.dumped(t, day, "00000001"))
	require.Nil(t, c.manifest(t, day, "00000001").Evidence)

	ref, err := c.backup.Vault.AppendProof(t.Context(), statement.Unsigned{}, proof.Record{Instance: orders, Job: proof.Job{RunID: "run"}})
	require.NoError(t, err)
	next := day.AddDate(0, 0, 1)
	c.commit(t, c.dumped(t, next, "00000002"))
	m, signature, err := c.backup.Vault.CheckedManifest(t.Context(), orders, vault.PointID(next, "00000002"))
	require.NoError(t, err)
	require.NotEmpty(t, signature.KeyID)
	require.Equal(t, &manifest.Evidence{Sequence: 1, SHA256: ref.SHA256}, m.Evidence)

	// What others write there fails no backup.
	_, err = c.backup.Container.Put(t.Context(), vault.ProofName(orders, 2), []byte("junk"), nil)
	require.NoError(t, err)
	last := day.AddDate(0, 0, 2)
	c.commit(t, c.dumped(t, last, "00000003"))
	require.Equal(t, m.Evidence, c.manifest(t, last, "00000003").Evidence)
}

func (c committer) manifest(t *testing.T, at time.Time, run string) manifest.Manifest {
	t.Helper()
	m, err := c.backup.Vault.GetManifest(t.Context(), orders, vault.PointID(at, run))
	require.NoError(t, err)
	return m
}
