package localenv

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// TrustFile is the trust file of a worker of the environment: its PostgreSQL server
// for every use, its Key Vault, the containers of its storage, and receivers of
// notifications on this machine.
type TrustFile struct {
	env *Env
	// Hosts are further servers, for every use.
	Hosts []string
	// Containers are patterns of further containers, for files.
	Containers []string
	// SoftDeleteDays is the floor of the soft delete; 0 leaves it to the vault.
	SoftDeleteDays int
	// Signatures requires signatures by the environment's key, which is valid since
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
    use: [backup, restore, drill]
    secrets: ["%s/secrets/*"]
    entra: true
containers: [%s]
notify: [localhost]
notifySecrets: ["%s/secrets/*"]
tls: {minimum: verify-full, rootCertificates: %s/}
vault: {softDeleteDays: %d, immutability: disabled, maximumRetention: 10y}
`, hosts, f.env.Azure.KeyVault.URL, strings.Join(containers, ", "), f.env.Azure.KeyVault.URL, filepath.Dir(f.env.CA.CertificateFile()), f.SoftDeleteDays)
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

// signatures writes the public key and returns the lines that pin it.
func (f TrustFile) signatures(path string) (string, error) {
	key, err := f.env.Azure.KeyVault.manifestKey()
	if err != nil {
		return "", err
	}
	text, err := key.PEM()
	if err != nil {
		return "", err
	}
	file := strings.TrimSuffix(path, filepath.Ext(path)) + "-manifest.pem"
	if err := os.WriteFile(file, text, 0o444); err != nil {
		return "", fmt.Errorf("write the public key: %w", err)
	}
	return fmt.Sprintf("signatures: {required: true, manifests: [{id: %s, publicKey: %s, from: 2020-01-01}]}\n", key.ID, filepath.Base(file)), nil
}
