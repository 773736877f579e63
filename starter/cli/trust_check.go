package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) trustCheckCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [-f FILE] [INSTANCE...]",
		Short: "Check a trust file, and whether it allows the backups of instances",
		Long: `Check a trust file, and print its SHA-256, which the workers of a vault must
agree on. Every mistake is printed with its line and column. With instances,
check whether the file allows their backups as they are in the vault, and print
the lines that would. Run it on a worker's machine if instances have root
certificates: they are looked for there. No server and no Key Vault is asked.

Without -f, the file that PGVAULT_TRUST names is loaded as a worker loads it:
the user of this command must not be able to write to it.`,
		Example: `  pgvault trust check -f trust.yaml
  pgvault trust check -f trust.yaml shop/orders shop/customers`,
	}
	file := cmd.Flags().StringP("file", "f", "", "the trust file (default: "+trust.Environment+")")
	vaultURL := vaultFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.trustCheck(cmd.Context(), *file, *vaultURL, args)
	}
	return cmd
}

func (a *App) trustCheck(ctx context.Context, name, vaultFlag string, instances []string) error {
	var v *vault.Vault
	if len(instances) > 0 {
		var err error
		if v, err = a.openVault(vaultFlag); err != nil {
			return err
		}
	}
	file, err := a.readTrust(name)
	if err != nil {
		return err
	}
	answer := &document.TrustChecked{File: file.Name(), SHA256: file.Hash(), Warnings: file.Warnings(), Passed: true}
	if err := a.answers(answer, func() error { a.print("%s: SHA-256 %s", file.Name(), file.Hash()); return nil }); err != nil {
		return err
	}
	for _, warning := range file.Warnings() {
		a.note("Warning: %s", warning)
	}
	if v == nil {
		return nil
	}
	results, err := checkTrust(ctx, v, file, instances)
	if err != nil {
		return err
	}
	answer.Instances = validationsOf(results)
	answer.Passed = document.AllPassed(answer.Instances)
	if err := a.answers(answer, func() error { a.printValidations(results); return nil }); err != nil {
		return err
	}
	if !answer.Passed {
		return errChecksFailed
	}
	return nil
}

func (a *App) readTrust(name string) (trust.File, error) {
	if name == "" {
		return trust.Load(a.Getenv(trust.Environment))
	}
	return trust.Read(name)
}

// checkTrust compares the instances in the vault with the file.
func checkTrust(ctx context.Context, v *vault.Vault, file trust.File, instances []string) ([]validated, error) {
	id, err := v.ID(ctx)
	if err != nil {
		return nil, err
	}
	if err := file.VaultID(id); err != nil {
		return nil, err
	}
	results := make([]validated, 0, len(instances))
	for _, name := range instances {
		i, err := v.GetInstance(ctx, name)
		if err != nil {
			return nil, err
		}
		result := jobs.ValidateResult{Findings: file.Instance(i)}
		to := trust.Destination{Use: trust.Backup, Host: i.Server.Host}
		if secret := i.SignIn.KeyVaultSecret; file.Secret(to, secret) == nil && !file.Binds(to, secret) {
			result.Notes = append(result.Notes, fmt.Sprintf("secret %s has to name the host %s in its value, since the file does not bind it", secret, i.Server.Host))
		}
		results = append(results, validated{Instance: name, ValidateResult: result})
	}
	return results, nil
}
