package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/proof/chain"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault"
)

func (a *App) proofCommand() *cobra.Command {
	return group("proof", "List, show and verify the records of drills",
		a.proofListCommand(), a.proofShowCommand(), a.proofVerifyCommand(), a.proofReportCommand())
}

// proofFlags are those of all commands that read records of drills.
type proofFlags struct {
	trust string
	vault string
}

func (f *proofFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.trust, "trust", "", "trust file with the keys for evidence (default: "+trust.Environment+")")
	cmd.Flags().StringVar(&f.vault, "vault", "", "URL of the vault's blob container (default: "+envVault+")")
}

// openTrusting returns the vault as a worker with the trust file sees it.
func (a *App) openTrusting(f proofFlags) (*vault.Vault, error) {
	v, err := a.openVault(f.vault)
	if err != nil {
		return nil, err
	}
	file, err := a.readTrust(f.trust)
	if err != nil {
		return nil, err
	}
	return v.Trusting(file), nil
}

// openPerhapsTrusting is like openTrusting. Without a trust file no signature is
// checked.
func (a *App) openPerhapsTrusting(f proofFlags) (*vault.Vault, error) {
	if f.trust == "" && a.Getenv(trust.Environment) == "" {
		return a.openVault(f.vault)
	}
	return a.openTrusting(f)
}

// proofs are the records of an instance, and what verifying them found.
type proofs struct {
	records []chain.Record
	result  chain.Result
}

// readProofs reads and verifies the records of an instance.
func readProofs(ctx context.Context, v *vault.Vault, instance string) (p proofs, err error) {
	p.result, err = v.VerifyProofs(ctx, instance, func(r chain.Record) { p.records = append(p.records, r) })
	return p, err
}
