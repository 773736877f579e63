package cli

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/vault"
)

func (a *App) applyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "apply -f pgvault.yaml...",
		Short: "Make vault and schedules what the file says",
		Long: `Make the vault's settings, its instances and their Temporal schedules what the
file says, and print what changed; a second time changes nothing. The first
apply gives the vault its ID and the Temporal namespace to the vault: a
namespace that belongs to another vault is refused. An instance that is taken
out of the file is no longer backed up: its schedules are paused, and its
recovery points stay. A schedule that is taken out of a policy is removed, and so
is that of scrubs without vault.scrub.

If all running schedules of backups would be paused or removed, or more than one
of them and more than a tenth, nothing is changed and the exit status is 2:
somebody may have applied the wrong file. With --prune it is done.

Several teams may have a file each for one vault, with an owner: in each. An
instance belongs to the owner whose file applied it: other files pause nothing of
it, and one that names it is refused, except with --take-over. The vault's
settings belong to the owner whose file has any; the others name the container
only.

Several files, and all *.yaml and *.yml of a directory in the order of their
names, are read as one configuration: a policy serves the instances of all files,
an instance belongs to the owner of its file, and what stands in two files is
refused. The vault's settings stand in one of them.

With --dry-run nothing is changed, and every change is shown. The exit status is
that of the same command without --dry-run, as far as it can be told.`,
		Example: `  pgvault apply -f pgvault.yaml --dry-run
  pgvault apply -f pgvault.yaml
  pgvault apply -f vault.yaml -f teams/ --dry-run`,
		Args: cobra.NoArgs,
	}
	files := cmd.Flags().StringArrayP("file", "f", nil, "the file, or a directory of *.yaml and *.yml files (required; may be repeated)")
	dryRun := cmd.Flags().Bool("dry-run", false, "show every change, and make none")
	prune := cmd.Flags().Bool("prune", false, "pause and remove schedules, however many")
	takeOver := cmd.Flags().String("take-over", "", "take over from this owner what the file names: instances, and the vault's settings")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if len(*files) == 0 {
			return usagef("give the file: pgvault apply -f pgvault.yaml")
		}
		return a.apply(cmd.Context(), applyOptions{files: *files, dryRun: *dryRun, prune: *prune, takeOver: *takeOver})
	}
	return cmd
}

// applyOptions are the options of the command.
type applyOptions struct {
	files         []string
	dryRun, prune bool
	// takeOver is the owner from whom the file takes what it names.
	takeOver string
}

func (a *App) apply(ctx context.Context, o applyOptions) error {
	sources, err := readConfiguration(o.files)
	if err != nil {
		return err
	}
	file, err := config.ParseAll(sources)
	if err != nil {
		return err
	}
	if o.dryRun {
		a.noteFiles(sources, file)
	}
	container, err := reachContainer(ctx, file.Vault.Container, o.dryRun)
	if err != nil {
		return err
	}
	// Both sides must answer before either is changed.
	s, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	run := applyRun{App: a, options: o, file: file, vault: vault.New(container), session: s}
	if run.owner, err = run.identify(ctx); err != nil {
		return err
	}
	plan, err := run.plan(ctx)
	if err != nil {
		return err
	}
	if o.dryRun {
		err = run.preview(plan)
	} else {
		err = run.carryOut(ctx, plan)
	}
	if err != nil {
		return err
	}
	return run.notes(ctx, plan)
}

// reachContainer opens the container of a vault. One that cannot be read, or
// written unless readOnly is set, is an error soon. Later requests have more
// patience.
func reachContainer(ctx context.Context, url string, readOnly bool) (*blobstore.Container, error) {
	probe, err := openContainer(url, commandOutage)
	if err != nil {
		return nil, err
	}
	if readOnly {
		_, err = probe.ServerTime(ctx)
	} else {
		err = probe.CheckWrite(ctx, "instances/")
	}
	if err != nil {
		return nil, err
	}
	return openContainer(url, 0)
}

// applyRun is one run of apply.
type applyRun struct {
	*App
	options applyOptions
	file    *config.File
	vault   *vault.Vault
	session *session
	// owner is the vault as the owner of the namespace.
	owner   temporalx.Owner
	changes []applyChange
}

// changed records a change that was made, and prints it at once as text.
func (r *applyRun) changed(c applyChange) {
	r.changes = append(r.changes, c)
	if r.form == table {
		r.print("%s", c.text(""))
	}
}

// preview prints the changes that apply would make, and returns the error with
// which it would refuse them.
func (r *applyRun) preview(p applyPlan) error {
	r.changes = p.all()
	if r.form == table {
		for _, c := range r.changes {
			r.print("%s", c.text("would be "))
		}
	}
	if err := r.printChanges(); err != nil {
		return err
	}
	if !r.options.prune {
		if err := checkDropped(p.schedules); err != nil {
			return err
		}
	}
	return p.schedules.Problems()
}

func (r *applyRun) carryOut(ctx context.Context, p applyPlan) error {
	if !r.options.prune {
		if err := checkDropped(p.schedules); err != nil {
			return err
		}
	}
	err := r.do(ctx, p)
	if err != nil && r.form == table {
		return err
	}
	return errors.Join(err, r.printChanges())
}

// printChanges prints the end of the output as text, or all of it in the other
// forms.
func (r *applyRun) printChanges() error {
	if r.form == table {
		if len(r.changes) == 0 {
			r.print("Nothing to change.")
		}
		return nil
	}
	r.answer = r.applied()
	return nil
}

// notes prints what a person should know of the file and its surroundings.
func (r *applyRun) notes(ctx context.Context, p applyPlan) error {
	for _, id := range slices.Sorted(maps.Keys(p.schedules.StillPaused)) {
		r.note("Note: schedule %s is paused (%s) and stays so. To resume it: temporal schedule toggle --unpause -s %s", id, dash(p.schedules.StillPaused[id]), id)
	}
	if !r.options.dryRun { // to find versioning takes a write
		if err := r.warnOfNoNet(ctx); err != nil {
			return err
		}
	}
	if err := r.noteSingles(time.Now()); err != nil {
		return err
	}
	if err := r.noteCoincidences(time.Now()); err != nil {
		return err
	}
	if worker := r.Getenv(envVault); worker != "" && worker != r.file.Vault.Container {
		r.note("Note: %s names another vault here (%s). The workers must run with the one that the file names.", envVault, worker)
	}
	return nil
}

// leaveStopped keeps the schedules of instances whose protection is stopped
// paused.
func (r *applyRun) leaveStopped(desired []schedule.Desired, stopped map[string]vault.Protection) {
	noted := ""
	for i := range desired {
		d := &desired[i]
		p, ok := stopped[d.Instance]
		ok = ok && d.WorkflowType == jobs.TypeBackup // drills of its points go on
		if d.Stopped = ok; ok && noted != d.Instance {
			noted = d.Instance
			r.note("Note: protection of %s is %s, and is not resumed. To resume it: pgvault resume %s", d.Instance, p.State, d.Instance)
		}
	}
}
