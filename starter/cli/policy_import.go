package cli

import (
	"cmp"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/azurepolicy"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) policyImportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Read a policy of Azure Backup's, and print it for pgvault.yaml",
		Long: `Read an Azure Backup policy in Azure's own JSON and print it as it stands in
pgvault.yaml, under "policies:". FILE is what az dataprotection backup-policy
show prints, or the BackupPolicy object alone; - is the standard input. Nothing
is changed anywhere.

What cannot be carried over as it stands is a comment in what is printed. What
is not understood is an error that names the JSON path, and nothing is printed.`,
		Example: `  az dataprotection backup-policy show -g shop --vault-name shop -n nightly > azure-policy.json
  pgvault policy import azure-policy.json`,
		Args: cobra.ExactArgs(1),
	}
	name := cmd.Flags().String("name", "", "name of the policy (default: its own, or imported)")
	cmd.RunE = func(_ *cobra.Command, args []string) error { return a.importPolicy(args[0], *name) }
	return cmd
}

func (a *App) importPolicy(file, name string) error {
	data, err := a.readInput(file)
	if err != nil {
		return failure.Wrap(err, failure.InvalidConfiguration, "give the path of the policy's JSON, or - for the standard input", "the file cannot be read")
	}
	imported, err := azurepolicy.Parse(data)
	if err != nil {
		return inFile(file, err)
	}
	imported.Policy.Name = cmp.Or(name, imported.Policy.Name, "imported")
	if err := policy.CheckName(imported.Policy.Name); err != nil {
		return usagef("%v: give --name", err)
	}
	text := imported.YAML()
	answer := &document.PolicyImported{Policy: document.PolicyOf(imported.Policy), YAML: text, Notes: document.ImportNotesOf(imported.Notes)}
	if err := a.answers(answer, func() error { a.print("%s", strings.TrimSuffix(text, "\n")); return nil }); err != nil {
		return err
	}
	if count := len(imported.Notes); count > 0 {
		a.note("Note: %d things are not carried over as they stand; the comments say which.", count)
	}
	return nil
}

func (a *App) readInput(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(a.In)
	}
	return os.ReadFile(file)
}
