package e2e_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	docs "github.com/pgvault/pgvault/internal/test/document"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

// TestStockToolsCheckASignature runs the script of docs/FORMAT.md on the files of
// a point.
func TestStockToolsCheckASignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	i := w.protected(t, "CREATE TABLE numbers AS SELECT generate_series(1, 1000) AS n")
	point := w.backup(t, i)
	there := w.elsewhere(t)
	w.ok(t, "restore", i.Name, "--to-container", there.env.VaultURL, "--wait")

	files := map[string][]byte{}
	for _, name := range there.blobs(t, "") {
		files[name] = there.download(t.Context(), t, name)
	}
	w.state(t, i, point, "retention.json", map[string]any{"policy": "before", "rule": "Weekly", "expires": "2037-01-01T00:00:00Z"})
	w.ok(t, "policy", "reapply", i.Name, "--apply", "--reason", "test")
	for _, prefix := range []string{"statement-", "retention-"} {
		for _, name := range w.blobs(t, pointsOf(i)+point+"/"+prefix) {
			files[path.Base(name)] = w.download(t.Context(), t, name)
		}
	}
	require.Len(t, files, 6+4+1, "dump, block list, fingerprints, roles, manifest and its signed copy, four statements and a retention")
	key, err := os.ReadFile(strings.TrimSuffix(w.vars["PGVAULT_TRUST"], ".yaml") + "-manifests.pem")
	require.NoError(t, err)
	files["key.pem"] = key

	c := check{script: docs.Read(t, "FORMAT.md").Script(t, "check.sh"), files: files, vars: map[string]string{
		"vault": w.document(t, "vault.json").at(t, "id"), "instance": i.Name, "id": point, "key": "key.pem",
		"stored": w.lastModified(t, pointsOf(i)+point+"/"+nameOf(t, files, "manifest-")).Format(time.RFC3339),
	}}
	out, err := c.run(t)
	require.NoError(t, err, out)
	require.Equal(t, 1+4+1, strings.Count(out, "Verified OK"), out)
	require.Equal(t, 4, strings.Count(out, ": OK\n"), out)

	for name, change := range map[string]func(*check){
		"manifest": func(c *check) { c.flip(t, "manifest.json") },
		"manifest, and the signed copy under its hash": func(c *check) {
			sealed := c.files[nameOf(t, c.files, "manifest-")]
			c.flip(t, "manifest.json")
			c.files["manifest-"+hash(c.files["manifest.json"])+".dsse.json"] = sealed
		},
		"payload":      func(c *check) { c.flipAfter(t, nameOf(t, c.files, "manifest-"), `"payload":"`) },
		"signature":    func(c *check) { c.flipAfter(t, nameOf(t, c.files, "manifest-"), `"sig":"`) },
		"no signature": func(c *check) { c.unsign(t, nameOf(t, c.files, "manifest-")) },
		"dump":         func(c *check) { c.flip(t, nameOf(t, c.files, "dump-")) },
		"block list":   func(c *check) { c.flip(t, nameOf(t, c.files, "blocks-")) },
		"fingerprints": func(c *check) { c.flip(t, nameOf(t, c.files, "fingerprints-")) },
		"roles":        func(c *check) { c.flip(t, nameOf(t, c.files, "roles-")) },
		"dump's own":   func(c *check) { c.flipAfter(t, nameOf(t, c.files, "statement-dump-"), `"sig":"`) },
		"retention":    func(c *check) { c.flipAfter(t, nameOf(t, c.files, "retention-"), `"payload":"`) },
		"retention's name": func(c *check) {
			c.files["retention-"+hash(nil)+".dsse.json"] = c.files[nameOf(t, c.files, "retention-")]
		},
		"another key":   func(c *check) { c.files["key.pem"] = statementtest.New(t, "other").PEM(t) },
		"another vault": func(c *check) { c.vars["vault"] = "0000000000" },
		"another point": func(c *check) { c.vars["id"] = "20260101T000000Z-00000000" },
		"stored later":  func(c *check) { c.vars["stored"] = time.Now().Add(49 * time.Hour).Format(time.RFC3339) },
		"stored before": func(c *check) { c.vars["stored"] = time.Now().Add(-49 * time.Hour).Format(time.RFC3339) },
		"another's step": func(c *check) {
			c.files["statement-roles-x-1.dsse.json"] = c.files[nameOf(t, c.files, "statement-dump-")]
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := check{script: c.script, files: maps.Clone(c.files), vars: maps.Clone(c.vars)}
			change(&changed)
			out, err := changed.run(t)
			var status *exec.ExitError
			require.ErrorAs(t, err, &status, out)
		})
	}
}

// check is a script with the files and the variables that it checks.
type check struct {
	script string
	files  map[string][]byte
	vars   map[string]string
}

func (c check) run(t *testing.T) (string, error) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range c.files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", c.script)
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	for name, value := range c.vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// flip changes a bit in the middle of a file.
func (c check) flip(t *testing.T, name string) {
	t.Helper()
	c.files[name] = bytes.Clone(c.files[name])
	c.files[name][len(c.files[name])/2] ^= 1
}

// flipAfter changes a bit in what follows a mark in a file.
func (c check) flipAfter(t *testing.T, name, mark string) {
	t.Helper()
	at := bytes.Index(c.files[name], []byte(mark))
	require.Positive(t, at)
	c.files[name] = bytes.Clone(c.files[name])
	c.files[name][at+len(mark)+20] ^= 1
}

// unsign removes the signature of an envelope.
func (c check) unsign(t *testing.T, name string) {
	t.Helper()
	begin, _, found := bytes.Cut(c.files[name], []byte(`"signatures":[`))
	require.True(t, found)
	c.files[name] = append(bytes.Clone(begin), `"signatures":[]}`...)
}

// nameOf returns the name of the file whose name begins with a prefix.
func nameOf(t *testing.T, files map[string][]byte, prefix string) string {
	t.Helper()
	for name := range files {
		if strings.HasPrefix(name, prefix) {
			return name
		}
	}
	require.FailNow(t, "no file "+prefix)
	return ""
}

// lastModified returns the time at which the storage got a blob.
func (w *world) lastModified(t *testing.T, name string) time.Time {
	t.Helper()
	properties, err := w.container(t).NewBlobClient(name).GetProperties(t.Context(), nil)
	require.NoError(t, err)
	return *properties.LastModified
}
