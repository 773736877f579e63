package cli

import "github.com/spf13/cobra"

func (a *App) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit and the version of Go",
		Args:  cobra.NoArgs,
		Run: func(*cobra.Command, []string) {
			a.print("pgvault %s", a.Version)
		},
	}
}
