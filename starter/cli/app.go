package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/version"
	"github.com/pgvault/pgvault/starter/cli/document"
)

// App is what the commands share.
type App struct {
	In       io.Reader
	Out, Err io.Writer
	// Columns returns the width of Err, which is a terminal, or 0 if the terminal
	// does not tell. It is nil if Err is none.
	Columns func() int
	// Colour reports whether Out is a terminal that shows colours.
	Colour  bool
	Getenv  func(string) string
	Version version.Info

	// Local is the person's time zone, for --local.
	Local *time.Location

	// screen and paper are Err and Out before their characters are escaped.
	screen, paper io.Writer
	// form is the form of the result, and answer the result as a document; nil as long
	// as there is none.
	form   format
	answer document.Document
	// zone is the time zone of times that are printed for people.
	zone  zone
	local bool
}

// Exit statuses.
const (
	statusDone        = 0
	statusFailed      = 1
	statusUsage       = 2
	statusInterrupted = 130
)

// Run runs a command line and returns the exit status. What it prints has no
// characters on which a terminal acts, since names and messages are strangers'.
func (a *App) Run(ctx context.Context, args []string) int {
	a.screen, a.paper = a.Err, a.Out
	a.Out, a.Err = printable.Writer(a.Out), printable.Writer(a.Err)
	err := a.execute(ctx, args)
	if printed := a.printAnswer(err); printed != nil {
		a.printError(printed)
		return statusFailed
	}
	return a.exitStatus(err)
}

// execute runs a command line. An error before a command starts is one of its usage.
func (a *App) execute(ctx context.Context, args []string) error {
	a.form = table
	root, started := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var usage *usageError
	if err != nil && !*started && !errors.As(err, &usage) {
		err = usagef("%v", err)
	}
	if !*started {
		a.form = askedForm(args)
	}
	return err
}

// exitStatus returns the exit status for the error of a command, and prints the error.
func (a *App) exitStatus(err error) int {
	var usage *usageError
	var refused *refusedError
	switch {
	case err == nil:
		return statusDone
	case errors.As(err, &usage):
		fmt.Fprintf(a.Err, "pgvault: %v\n%s\n", err, helpRemedy)
		return statusUsage
	case errors.As(err, &refused):
		a.printError(err)
		return statusUsage
	case errors.Is(err, errChecksFailed):
		return statusFailed
	case errors.Is(err, errInterrupted):
		return statusInterrupted
	}
	a.printError(err)
	return statusFailed
}

// root assembles the commands. parsed becomes true when the command line was
// parsed and a command starts.
func (a *App) root() (root *cobra.Command, parsed *bool) {
	parsed = new(bool)
	root = &cobra.Command{
		Use:   "pgvault",
		Short: "Back up PostgreSQL databases to Azure Blob storage",
		Long: `Back up PostgreSQL databases to Azure Blob storage.

Commands start jobs and look at them; the jobs run on pgvault-worker. The
Temporal server is found as the temporal command finds it (TEMPORAL_ADDRESS,
TEMPORAL_NAMESPACE, TEMPORAL_PROFILE), the vault by --vault or PGVAULT_VAULT,
and sign-in to Azure is by Microsoft Entra, as in every Azure tool.

Exit status: 0 done, 1 the job or a check failed, 2 wrong usage or refused.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       a.Version.String(),
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRun: func(*cobra.Command, []string) {
			*parsed = true
			if a.local {
				a.zone = zone{a.Local}
			}
		},
	}
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.PersistentFlags().VarP(&a.form, "output", "o", "form of the result: table, json, yaml; docs/JSON.md describes the last two")
	for _, command := range []func() *cobra.Command{
		a.applyCommand, a.validateCommand, a.grantsCommand,
		a.backupCommand, a.restoreCommand, a.drillCommand, a.verifyCommand, a.scrubCommand, a.sweepCommand,
		a.deleteCommand, a.undeleteCommand, a.stopCommand, a.resumeCommand, a.policyCommand, a.trustCommand, a.notifyCommand, a.proofCommand,
		a.statusCommand, a.pointsCommand, a.contentsCommand, a.jobsCommand, a.rerunCommand, a.replayCommand,
		a.versionCommand,
	} {
		root.AddCommand(command())
	}
	a.addCompletions(root)
	tellApart(root)
	return root, parsed
}

// group returns a command that has commands and does nothing itself.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:   name,
		Short: short,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(commands...)
	return cmd
}

// note prints information that is not part of the result.
func (a *App) note(format string, args ...any) {
	fmt.Fprintf(a.Err, format+"\n", args...)
}

// print prints a line of the result.
func (a *App) print(format string, args ...any) {
	fmt.Fprintf(a.Out, format+"\n", args...)
}
