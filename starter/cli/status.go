package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/survey"
	"github.com/pgvault/pgvault/internal/failure/suggest"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) statusCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status [INSTANCE...]",
		Short: "Show which databases are protected, and how well",
		Long: `Show the state of the vault and of each instance, the worst first: whether
backups are scheduled, how old the newest good recovery point is, and what is
wrong, with the remedy. With instances, show everything known about them.

FRESHNESS is "fresh" if the newest good point is younger than the objective,
"late" if a start is overdue, "stale" if the point is older than the objective,
"never" if there is none though there should be one, "waiting" if the first is
not due yet, and "unwatched" if a person stopped the protection. The objective is
the freshness of the instance or its policy in pgvault.yaml; otherwise it follows
from the schedule. Ages count from the commit, by the storage's clock.

Exit status: 0 all is well, 1 something is wrong or could not be seen, 2 wrong
usage. The vault is read with your own sign-in, and no job is started. --html
writes a page that needs no other file and requests nothing; jobs are linked to
Temporal's UI if PGVAULT_UI_URL is set.`,
	}
	html := cmd.Flags().String("html", "", "write the state as a page to this file, or to standard output for -")
	again := cmd.Flags().Bool("watch", false, "show it again every 30 seconds until interrupted")
	a.localFlag(cmd)
	vaultURL := vaultFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *html == "-" && a.form != table {
			return errTwoForms
		}
		if *html != "" {
			return a.statusPage(cmd.Context(), args, *html, *vaultURL)
		}
		if *again {
			return a.watchStatus(cmd.Context(), args, *vaultURL)
		}
		return a.status(cmd.Context(), args, *vaultURL)
	}
	return cmd
}

func (a *App) status(ctx context.Context, instances []string, vaultURL string) error {
	shown, err := a.estate(ctx, instances, vaultURL)
	if err != nil {
		return err
	}
	show := func() error { return a.printEstate(shown) }
	if len(instances) > 0 {
		show = func() error { a.printInstances(shown); return nil }
	}
	if err := a.answers(document.StatusOf(shown), show); err != nil {
		return err
	}
	return verdict(shown)
}

// verdict returns errChecksFailed for an estate that is not well.
func verdict(e estate.Estate) error {
	if !e.Well() {
		return errChecksFailed
	}
	return nil
}

// estate returns the estate with the named instances alone, or with all. It reads the
// vault and asks the Temporal server, which may be away.
func (a *App) estate(ctx context.Context, instances []string, vaultURL string) (estate.Estate, error) {
	v, err := a.openVault(vaultURL)
	if err != nil {
		return estate.Estate{}, err
	}
	server, closeServer := a.estateServer(ctx)
	defer closeServer()
	e, err := survey.Estate(ctx, v, server)
	if err != nil {
		return e, err
	}
	return only(e, instances)
}

func (a *App) estateServer(ctx context.Context) (server survey.Server, closeServer func()) {
	s, err := a.dial(ctx)
	if err != nil {
		return survey.Away{Err: err}, func() {}
	}
	// The schedules of another vault would make this one look unprotected.
	if _, err := a.jobsVault(ctx, s); err != nil {
		return survey.Away{Err: err}, s.Close
	}
	return temporalx.NewEstateServer(s, s.namespace), s.Close
}

// only returns the estate with the named instances alone. Problems of the vault
// concern them too.
func only(e estate.Estate, names []string) (estate.Estate, error) {
	if len(names) == 0 {
		return e, nil
	}
	var known []string
	for i := range e.Instances {
		known = append(known, e.Instances[i].Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return e, usagef("vault %s has no instance %q%s", e.Container, name, suggest.DidYouMean(name, known))
		}
	}
	e.Instances = slices.DeleteFunc(slices.Clone(e.Instances), func(i estate.Instance) bool { return !slices.Contains(names, i.Name) })
	return e, nil
}

// freshnessCount returns the number of instances of each freshness, the best first:
// "301 fresh, 2 stale".
func freshnessCount(instances []estate.Instance) string {
	count := map[estate.Freshness]int{}
	for i := range instances {
		count[instances[i].Freshness]++
	}
	var parts []string
	for _, f := range []estate.Freshness{estate.Fresh, estate.Waiting, estate.Late, estate.Stale, estate.Never, estate.Unwatched} {
		if count[f] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[f], f))
		}
	}
	return strings.Join(parts, ", ")
}
