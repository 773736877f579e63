package cli

import (
	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit and the version of Go",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := a.Version
			return a.answers(&document.Version{Version: v.Version, Commit: v.Commit, Go: v.Go}, func() error { a.print("pgvault %s", v); return nil })
		},
	}
}
