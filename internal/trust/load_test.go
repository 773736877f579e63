package trust_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/trust"
)

// writeTrust writes a trust file that only its owner can read.
func writeTrust(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trust.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o444))
	return file
}

func TestLoad(t *testing.T) {
	t.Parallel()
	file := writeTrust(t, "notify: [hooks.example.com]\n")
	f, err := trust.Load(file)
	require.NoError(t, err)
	require.Equal(t, file, f.Name())
	require.NoError(t, f.Notify("hooks.example.com"))

	link := filepath.Join(t.TempDir(), "link.yaml")
	require.NoError(t, os.Symlink(file, link))
	_, err = trust.Load(link)
	require.NoError(t, err, "as Kubernetes mounts files")

	f, err = trust.Load("builtin")
	require.NoError(t, err)
	require.Equal(t, trust.Builtin(), f)
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	writable := writeTrust(t, "notify: [a]\n")
	require.NoError(t, os.Chmod(writable, 0o446))
	group := writeTrust(t, "notify: [a]\n")
	require.NoError(t, os.Chmod(group, 0o464))
	for value, says := range map[string]string{
		"":          "PGVAULT_TRUST is not set",
		"/nowhere":  "the trust file /nowhere: no such file or directory",
		"/dev/zero": "it is not a regular file",
		t.TempDir(): "it is not a regular file",
		writeTrust(t, strings.Repeat("#", 1<<20)+"\n"): "it has 1048577 bytes",
		writeTrust(t, "notfy: [a]\n"):                  "line 1, column 1: notfy: unknown field; did you mean \"notify\"?",
		writable:                                       "users other than its owner may write to it (mode 0446)",
		group:                                          "users other than its owner may write to it (mode 0464)",
	} {
		_, err := trust.Load(value)
		var f *failure.Error
		require.ErrorAs(t, err, &f, value)
		require.Equal(t, failure.InvalidConfiguration, f.Code)
		require.Contains(t, f.Summary(), says)
		require.NotEmpty(t, f.Action)
	}
	_, err := trust.Load("")
	require.ErrorContains(t, err, "`pgvault trust init")
	require.ErrorContains(t, err, "builtin")
}

func TestPublicKeys(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "trust.yaml")
	const text = "signatures: {manifests: [{id: m/1, publicKey: key.pem, from: 2026-12-01}], evidence: [{id: e/1, publicKey: key.pem, from: 2026-12-01}]}\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o444))
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	encode := func(public any, kind string) []byte {
		der, err := x509.MarshalPKIXPublicKey(public)
		require.NoError(t, err)
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	put := func(text []byte) {
		require.NoError(t, os.RemoveAll(filepath.Join(folder, "key.pem")))
		require.NoError(t, os.WriteFile(filepath.Join(folder, "key.pem"), text, 0o444))
	}

	_, err = trust.Load(file)
	require.ErrorContains(t, err, "key m/1: key.pem: no such file or directory")
	put(encode(&key.PublicKey, "PUBLIC KEY"))
	f, err := trust.Load(file)
	require.NoError(t, err)
	require.True(t, key.PublicKey.Equal(f.Signatures().Manifests[0].PublicKey))
	require.True(t, key.PublicKey.Equal(f.Signatures().Evidence[0].PublicKey))

	require.NoError(t, os.Chmod(filepath.Join(folder, "key.pem"), 0o646))
	_, err = trust.Load(file)
	require.ErrorContains(t, err, "key m/1: key.pem: users other than its owner may write to it (mode 0646)")

	other, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	for says, text := range map[string][]byte{
		"holds no PEM block":         []byte("key"),
		"begins with \"-----BEGIN":   encode(&key.PublicKey, "CERTIFICATE"),
		"not a public key":           pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")}),
		"more than one PEM block":    append(encode(&key.PublicKey, "PUBLIC KEY"), encode(&key.PublicKey, "PUBLIC KEY")...),
		"an elliptic-curve key":      encode(&other.PublicKey, "PUBLIC KEY"),
		"key on P-256":               encode(&rsaKey.PublicKey, "PUBLIC KEY"),
		"it has 1048577 bytes, and ": make([]byte, 1<<20+1),
	} {
		put(text)
		_, err := trust.Load(file)
		require.ErrorContains(t, err, says)
		require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err))
	}
}
