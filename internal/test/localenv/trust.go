package localenv

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pgvault/pgvault/internal/trust"
)

// TrustFile is the trust file of a worker of the environment: its PostgreSQL server
// for backups and restores, the scratch server for drills, its Key Vault, the containers of its storage, and receivers of
// notifications on this machine.
type TrustFile struct {
	env *Env
	// Hosts are further servers, for backups and restores.
	Hosts []string
	// Containers are patterns of further containers, for files.
	Containers []string
	// SoftDeleteDays is the floor of the soft delete; 0 leaves it to the vault.
	SoftDeleteDays int
	// Signatures requires signatures by the environment's keys, which are valid since
	// long ago: tests have points of any age.
	Signatures bool
}

// NewTrustFile returns the environment's trust file.
func (e *Env) NewTrustFile() TrustFile { return TrustFile{env: e, Signatures: true} }

// WriteTrust writes the environment's trust file to a directory, for the workers
// that get the environment's variables.
func (e *Env) WriteTrust(dir string) error {
	e.trustFile = filepath.Join(dir, "trust.yaml")
	return e.NewTrustFile().Write(e.trustFile)
}

// Write writes the file, and that of its public key beside it, so that nobody may
// write to them.
func (f TrustFile) Write(path string) error {
	var containers []string
	for _, pattern := range append([]string{f.env.Azurite.URL + "/*"}, f.Containers...) {
		containers = append(containers, fmt.Sprintf("%q", pattern))
	}
	hosts := strings.Join(append([]string{f.env.Postgres.Host, "127.0.0.1"}, f.Hosts...), ", ")
	text := fmt.Sprintf(`# Written with the local environment. It trusts the environment's own parts.
servers:
  - hosts: [%s]
    use: [backup, restore]
    secrets: ["%s/secrets/*"]
    entra: true
  - hosts: [%s]
    use: [drill]
    secrets: ["%s/secrets/*"]
containers: [%s]
notify: [localhost]
notifySecrets: ["%s/secrets/*"]
tls: {minimum: verify-full, rootCertificates: %s/}
vault: {softDeleteDays: %d, immutability: disabled, maximumRetention: 10y}
`, hosts, f.env.Azure.KeyVault.URL, ScratchHost, f.env.Azure.KeyVault.URL, strings.Join(containers, ", "), f.env.Azure.KeyVault.URL, filepath.Dir(f.env.CA.CertificateFile()), f.SoftDeleteDays)
	if f.Signatures {
		signatures, err := f.signatures(path)
		if err != nil {
			return err
		}
		text += signatures
	}
	if err := os.WriteFile(path, []byte(text), 0o444); err != nil {
		return fmt.Errorf("write the trust file: %w", err)
	}
	return nil
}

// signatures writes the public keys and returns the lines that pin them.
func (f TrustFile) signatures(path string) (string, error) {
	text := "signatures:\n  required: true\n"
	for _, list := range []struct {
		purpose trust.Purpose
		key     func() (Key, error)
	}{{trust.Manifests, f.env.Azure.KeyVault.manifestKey}, {trust.Evidence, f.env.Azure.KeyVault.evidenceKey}} {
		key, err := list.key()
		if err != nil {
			return "", err
		}
		public, err := key.PEM()
		if err != nil {
			return "", err
		}
		file := strings.TrimSuffix(path, filepath.Ext(path)) + "-" + string(list.purpose) + ".pem"
		if err := os.WriteFile(file, public, 0o444); err != nil {
			return "", fmt.Errorf("write the public key: %w", err)
		}
		text += fmt.Sprintf("  %s: [{id: %s, publicKey: %s, from: 2020-01-01}]\n", list.purpose, key.ID, filepath.Base(file))
	}
	return text, nil
}
