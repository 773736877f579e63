package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A wrong bit in the stored dump fails a restore in its first attempt, with its
// own code, and nothing is published.
func TestARestoreOfADamagedPointFails(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, bulk(2))
	point := w.backup(t, i)
	m := w.manifest(t, i, point)
	blob := m.at(t, "dump.blob")
	content := w.download(t.Context(), t, blob)
	content[len(content)-12345] ^= 4
	w.put(t, blob, content, nil)
	target := i.Database + "_copy"
	w.dropLater(t, target)
	w.refused(t, refusal{"VerificationFailed", []string{point, blob, "offset ", "pgvault verify " + i.Name}, "RestoreDatabase"},
		"restore", i.Name, "--point", point, "--to-server", w.server(), "--to-database", target, "--secret", w.administrator(t), "--wait")
	require.Error(t, w.env.Postgres.Exec(t.Context(), target, "SELECT 1"), "nothing is published")
	there := w.elsewhere(t)
	w.refused(t, refusal{"VerificationFailed", []string{point, blob, "offset "}, "CopyFiles"},
		"restore", i.Name, "--point", point, "--to-container", there.env.VaultURL, "--wait")
	require.Empty(t, there.blobs(t, ""))
}
