package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) trustCommand() *cobra.Command {
	return group("trust", "Write and check the trust file of a worker",
		a.trustInitCommand(), a.trustCheckCommand(), a.trustKeysCommand())
}

func (a *App) trustInitCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init -f pgvault.yaml",
		Short: "Print a trust file for what pgvault.yaml names",
		Long: `Print a trust file that allows the backups of the instances in pgvault.yaml, and
restores of them to their own servers, and nothing else. Read it before a worker
uses it: the file decides what a worker trusts, whatever its vault says.

The ID of the vault is read from the vault that pgvault.yaml names, unless
--vault-id gives it.`,
		Example: `  pgvault trust init -f pgvault.yaml > trust.yaml
  sudo install -o root -m 0644 trust.yaml /etc/pgvault/trust.yaml
  export PGVAULT_TRUST=/etc/pgvault/trust.yaml   # for the worker`,
		Args: cobra.NoArgs,
	}
	file := cmd.Flags().StringP("file", "f", "", "pgvault.yaml (required)")
	id := cmd.Flags().String("vault-id", "", "ID of the vault (default: the one in its vault.json)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *file == "" {
			return usagef("give the file: pgvault trust init -f pgvault.yaml")
		}
		return a.trustInit(cmd.Context(), *file, *id)
	}
	return cmd
}

func (a *App) trustInit(ctx context.Context, name, id string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return failure.Wrap(err, failure.InvalidConfiguration, "give the path of pgvault.yaml", "the file cannot be read")
	}
	file, err := config.Parse(data)
	if err != nil {
		return inFile(name, err)
	}
	if id == "" {
		v, err := a.openVault(file.Vault.Container)
		if err != nil {
			return err
		}
		if id, err = v.ID(ctx); err != nil {
			return fmt.Errorf("read the vault's ID, which --vault-id can give: %w", err)
		}
	}
	text, err := trust.Write(id, file.Vault, file.Instances)
	if err != nil {
		return inFile(name, err)
	}
	answer := &document.TrustFile{VaultID: id, File: string(text)}
	if err := a.answers(answer, func() error { a.print("%s", strings.TrimSuffix(string(text), "\n")); return nil }); err != nil {
		return err
	}
	if id == "" {
		a.note("Note: the vault has no ID yet. Add it after the first `pgvault apply -f %s`.", name)
	}
	return nil
}
