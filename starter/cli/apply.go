package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/temporalx/parallel"
	"github.com/pgvault/pgvault/internal/vault"
)

func (a *App) applyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "apply -f pgvault.yaml",
		Short: "Make vault and schedules what the file says",
		Long: `Make the vault's settings, its instances and their Temporal schedules what the
file says, and print what changed; a second time changes nothing. The first
apply gives the vault its ID and the Temporal namespace to the vault: a
namespace that belongs to another vault is refused. An instance that is taken
out of the file is no longer backed up: its schedules are paused, and its
recovery points stay. A schedule that is taken out of a policy is removed, and so
is that of scrubs without vault.scrub.`,
		Example: "  pgvault apply -f pgvault.yaml",
		Args:    cobra.NoArgs,
	}
	file := cmd.Flags().StringP("file", "f", "", "the file (required)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *file == "" {
			return usagef("give the file: pgvault apply -f pgvault.yaml")
		}
		return a.apply(cmd.Context(), *file)
	}
	return cmd
}

func (a *App) apply(ctx context.Context, name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return failure.Wrap(err, failure.InvalidConfiguration, "give the path of pgvault.yaml", "the file cannot be read")
	}
	file, err := config.Parse(data)
	if err != nil {
		return inFile(name, err)
	}
	container, err := openContainer(file.Vault.Container)
	if err != nil {
		return err
	}
	if err := container.CheckWrite(ctx, "instances/"); err != nil {
		return err
	}
	// Both sides must answer before either is changed.
	s, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	run := applyRun{App: a, file: file, vault: vault.New(container), session: s}
	if run.owner, err = run.identify(ctx); err != nil {
		return err
	}
	if err := run.all(ctx); err != nil {
		return err
	}
	if run.changes == 0 {
		a.print("Nothing to change.")
	}
	if err := run.warnOfNoNet(ctx); err != nil {
		return err
	}
	if err := run.noteSingles(time.Now()); err != nil {
		return err
	}
	if err := run.noteCoincidences(time.Now()); err != nil {
		return err
	}
	if worker := a.Getenv(envVault); worker != "" && worker != file.Vault.Container {
		a.note("Note: %s names another vault here (%s). The workers must run with the one that the file names.", envVault, worker)
	}
	return nil
}

// inFile adds the name of the file to an error about its content.
func inFile(name string, err error) error {
	var f *failure.Error
	if !errors.As(err, &f) {
		return err
	}
	named := failure.New(f.Code, f.Action, "%s\n%s", name, f.Message)
	named.Findings = f.Findings
	return named
}

// applyRun is one run of apply.
type applyRun struct {
	*App
	file    *config.File
	vault   *vault.Vault
	session *session
	// owner is the vault as the owner of the namespace.
	owner   temporalx.Owner
	changes int
}

func (r *applyRun) changed(format string, args ...any) {
	r.changes++
	r.print(format, args...)
}

func (r *applyRun) all(ctx context.Context) error {
	if err := r.settings(ctx); err != nil {
		return err
	}
	stopped, err := r.instances(ctx)
	if err != nil {
		return err
	}
	return r.schedules(ctx, stopped)
}

func (r *applyRun) settings(ctx context.Context) error {
	if err := r.keepsPromises(ctx); err != nil {
		return err
	}
	changed, err := r.vault.PutSettings(ctx, r.file.Vault, r.owner.ID)
	if err != nil {
		return fmt.Errorf("vault settings: %w", err)
	}
	if changed {
		r.changed("vault %s: settings written", r.file.Vault.Container)
	}
	// Another first apply may have been faster.
	r.owner.ID, err = r.vault.ID(ctx)
	return err
}

// keepsPromises rejects settings that withdraw a permanent promise of the
// vault.
func (r *applyRun) keepsPromises(ctx context.Context) error {
	before, err := r.vault.GetSettings(ctx)
	switch failure.CodeOf(err) {
	case "", failure.InvalidConfiguration: // a new vault has promised nothing
	case failure.VaultDamaged:
		r.print("vault %s: its settings cannot be read, and are written again", r.file.Vault.Container)
	default:
		return fmt.Errorf("vault settings: %w", err)
	}
	if before.SoftDelete.Weakens(r.file.Vault.SoftDelete) {
		return failure.New(failure.InvalidConfiguration, "write vault.softDelete: {days: 14, alwaysOn: true}; the days may be others",
			"soft delete of vault %s is always on, which cannot be taken back", r.file.Vault.Container)
	}
	return r.canLock(ctx, before.Immutability)
}

// instances writes the definitions that differ, and returns the instances whose
// protection is stopped. It prints what was done even if it returns an error.
func (r *applyRun) instances(ctx context.Context) (stopped map[string]vault.Protection, err error) {
	wanted := r.file.Instances
	names := make([]string, len(wanted))
	for i, want := range wanted {
		names[i] = "instance " + want.Name
	}
	written := make([]bool, len(wanted))
	protection := make([]vault.Protection, len(wanted))
	err = parallel.Each(ctx, names, func(ctx context.Context, i int) (err error) {
		written[i], protection[i], err = r.instance(ctx, wanted[i])
		return err
	})
	stopped = map[string]vault.Protection{}
	for i, want := range wanted {
		if written[i] {
			r.changed("instance %s: written", want.Name)
		}
		if protection[i].Stopped() {
			stopped[want.Name] = protection[i]
		}
	}
	return stopped, err
}

func (r *applyRun) instance(ctx context.Context, want instance.Instance) (written bool, p vault.Protection, err error) {
	state, err := r.vault.GetInstanceState(ctx, want.Name)
	if err == nil && !state.Defines(want) {
		written, err = r.vault.PutInstance(ctx, want)
	}
	return written, state.Protection, err
}

func (r *applyRun) schedules(ctx context.Context, stopped map[string]vault.Protection) error {
	added, err := temporalx.EnsureSearchAttributes(ctx, r.session, r.session.namespace)
	if err != nil {
		return err
	}
	for _, name := range added {
		r.changed("search attribute %s: registered", name)
	}
	desired, err := schedule.Desire(r.file.Vault, r.file.Instances)
	if err != nil {
		return err
	}
	r.leaveStopped(desired, stopped)
	done, err := temporalx.Reconcile(ctx, r.session, r.owner, desired)
	for _, change := range done.Changes {
		r.changed("schedule %s: %s", change.Schedule, changeText(change))
	}
	for _, id := range slices.Sorted(maps.Keys(done.StillPaused)) {
		r.note("Note: schedule %s is paused (%s) and stays so. To resume it: temporal schedule toggle --unpause -s %s", id, dash(done.StillPaused[id]), id)
	}
	return err
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

func changeText(c temporalx.Change) string {
	switch {
	case c.Kind == temporalx.Removed && c.Schedule == jobs.ScrubSchedule:
		return "removed, since the file has no vault.scrub any more"
	case c.Kind == temporalx.Removed:
		return "removed, since the file has no such schedule any more"
	case c.Kind == temporalx.Paused && c.Detail == "":
		return "paused, since it is not in the file any more; its recovery points stay"
	case c.Detail != "":
		return fmt.Sprintf("%s (%s)", c.Kind, c.Detail)
	}
	return string(c.Kind)
}
