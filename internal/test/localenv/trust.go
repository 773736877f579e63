package localenv

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// TrustFile is the trust file of a worker of the environment: its PostgreSQL server
// for every use, its Key Vault, and the containers of its storage.
type TrustFile struct {
	env *Env
	// Hosts are further servers, for every use.
	Hosts []string
	// Containers are patterns of further containers, for files.
	Containers []string
	// SoftDeleteDays is the floor of the soft delete; 0 leaves it to the vault.
	SoftDeleteDays int
}

// NewTrustFile returns the environment's trust file.
func (e *Env) NewTrustFile() TrustFile { return TrustFile{env: e} }

// Write writes the file so that nobody may write to it.
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
tls: {minimum: verify-full, rootCertificates: %s/}
vault: {softDeleteDays: %d, immutability: disabled, maximumRetention: 10y}
`, hosts, f.env.Azure.KeyVault.URL, strings.Join(containers, ", "), filepath.Dir(f.env.CA.CertificateFile()), f.SoftDeleteDays)
	if err := os.WriteFile(path, []byte(text), 0o444); err != nil {
		return fmt.Errorf("write the trust file: %w", err)
	}
	return nil
}
