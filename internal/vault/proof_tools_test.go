package vault_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/test/document"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// download returns the files that docs/PROOF.md says to put into a folder.
func (p *proving) download(t *testing.T, point string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{"evidence.pem": p.evidence.PEM(t), "manifest.pem": p.key.PEM(t)}
	for _, prefix := range []string{vault.ProofsPrefix(orders), folderOf(point) + "manifest"} {
		for b, err := range p.container.List(t.Context(), prefix) {
			require.NoError(t, err)
			content, _, err := p.container.Get(t.Context(), b.Name, 1<<20)
			require.NoError(t, err)
			files[path.Base(b.Name)] = content
		}
	}
	return files
}

func runScript(t *testing.T, files map[string][]byte, instance string) (string, error) {
	t.Helper()
	folder := t.TempDir()
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), content, 0o600))
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", document.Read(t, "PROOF.md").Script(t, "check-proofs.sh"))
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "vault="+vaultID, "instance="+instance, "evidence=evidence.pem", "manifests=manifest.pem")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestStockToolsVerifyAChain runs the script of docs/PROOF.md on the files of a vault,
// and on files that somebody has changed.
func TestStockToolsVerifyAChain(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	for _, run := range []string{"run-1", "run-2", "run-3"} {
		p.append(t, run)
	}
	p.backUp(t, point1)
	p.append(t, "run-4")
	files := p.download(t, point1)
	require.Len(t, files, 4+2+2)
	out, err := runScript(t, files, orders)
	require.NoError(t, err, out)
	require.Equal(t, 5, strings.Count(out, "Verified OK"), out)
	require.Contains(t, out, "00000003.json: OK\n4 records, of which 1 are not anchored\n")
	require.Contains(t, out, "4  ")
	require.Contains(t, out, point1+"  proven\n")

	stranger := setupProving(t, memblob.Options{})
	stranger.append(t, "run-1")
	for name, change := range map[string]func(map[string][]byte){
		"removed": func(f map[string][]byte) { delete(f, "00000002.json") },
		"cut off": func(f map[string][]byte) { delete(f, "00000003.json"); delete(f, "00000004.json") },
		"swapped": func(f map[string][]byte) {
			f["00000002.json"], f["00000003.json"] = f["00000003.json"], f["00000002.json"]
		},
		"another verdict":    func(f map[string][]byte) { f["00000004.json"] = otherVerdict(t, f["00000004.json"]) },
		"a stranger's":       func(f map[string][]byte) { f["00000001.json"] = stranger.download(t, point1)["00000001.json"] },
		"inserted":           func(f map[string][]byte) { f["00000005.json"] = f["00000004.json"] },
		"replaced by anchor": func(f map[string][]byte) { f["00000003.json"] = p.sealed(t, 3, p.previousOf(t, 3)) },
		"manifest":           func(f map[string][]byte) { f["manifest.json"] = append(f["manifest.json"], ' ') },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := maps.Clone(files)
			change(changed)
			out, err := runScript(t, changed, orders)
			require.Error(t, err, out)
		})
	}
	_, err = runScript(t, files, "shop/customers")
	require.Error(t, err, "records of another instance")
}

// otherVerdict returns an envelope with another payload under the old signature.
func otherVerdict(t *testing.T, content []byte) []byte {
	t.Helper()
	e, err := statement.Decode(content, statement.TypeProof)
	require.NoError(t, err)
	payload := strings.Replace(string(e.Payload), `"proven"`, `"failed"`, 1)
	return []byte(strings.Replace(string(content), base64.StdEncoding.EncodeToString(e.Payload), base64.StdEncoding.EncodeToString([]byte(payload)), 1))
}

func (p *proving) previousOf(t *testing.T, sequence int) string {
	t.Helper()
	r, _ := p.proofAt(t, sequence)
	return r.Previous
}

// sealed returns a record that the owner of the key writes in place of another.
func (p *proving) sealed(t *testing.T, sequence int, previous string) []byte {
	t.Helper()
	r := p.drilled("forged")
	r.VaultID, r.Sequence, r.Previous, r.Verdict = vaultID, sequence, previous, proof.Proven
	payload, err := json.Marshal(r)
	require.NoError(t, err)
	content, err := statement.Seal(t.Context(), p.evidence, statement.TypeProof, payload)
	require.NoError(t, err)
	return content
}
