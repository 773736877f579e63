package cli

import (
	"cmp"
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/starter/cli/document"
)

// grantsRestore are the flags of grants that describe a restore. They are those of
// the command restore.
type grantsRestore struct {
	wanted bool
	restoreFlags
}

// anyDatabase is the name of a database that a restore would create. The rights do
// not depend on it.
const anyDatabase = "restored"

func (f *grantsRestore) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.wanted, "restore", false, "print what the role of a restore lacks, and not that of backups")
	f.addCommon(cmd)
	flags.StringVar(&f.database, "to-database", "", "with --data-only, the database that exists")
	flags.StringVar(&f.secret, "secret", "", "URL of the Key Vault secret that the restore signs in with")
	flags.StringVar(&f.entraUser, "entra-user", "", "database user that the restore signs in as with the worker's identity")
	flags.BoolVar(&f.roles, "roles", false, "the restore creates the recorded roles first")
	flags.BoolVar(&f.verify, "verify", false, "the restore compares what it has restored")
	flags.StringVar(&f.into.database, "into", "", "existing database to create each --table in")
	flags.StringVar(&f.into.as, "as", "", "with --into, the name of the one --table, as SCHEMA.NAME")
	flags.StringVar(&f.into.schema, "into-schema", "", "with --into, the schema of each --table")
}

// given reports whether a restore is described.
func (f *grantsRestore) given() bool {
	return f.server != "" || f.database != "" || f.secret != "" || f.entraUser != "" || f.into.given() || f.which != (pointFlags{}) || f.choice.selective() || f.roles || f.verify
}

// target returns the restore whose rights are asked for.
func (f *grantsRestore) target(name string) (jobs.RestoreTarget, error) {
	switch {
	case f.server == "":
		return jobs.RestoreTarget{}, usagef("give --to-server, the server to restore to")
	case f.choice.dataOnly && f.database == "":
		return jobs.RestoreTarget{}, usagef("give --to-database, the database whose tables the rows go into")
	}
	if f.into.database == "" {
		f.database = cmp.Or(f.database, anyDatabase)
	}
	input, err := f.input(name)
	return input.Target, err
}

// grantsRestore prints the statements that give a restore's role what it lacks, for
// psql, and everything else as notes. It fails if no statement gives all of it.
func (a *App) grantsRestore(ctx context.Context, name string, f grantsRestore) error {
	input := jobs.ValidateInput{Instance: name}
	target, err := f.target(name)
	if err != nil {
		return err
	}
	input.Target = &target
	if input.Point, err = f.which.given(ctx, a, name); err != nil {
		return err
	}
	found, err := a.restoreRights(ctx, input)
	if err != nil {
		return err
	}
	if err := a.answers(document.RestoreGrantsOf(name, found), func() error { a.printRights(found); return nil }); err != nil {
		return err
	}
	if len(found.Lacks) == 0 {
		a.note("Role %s lacks nothing for this restore of recovery point %s.", found.Role, found.Point)
	}
	return unmet(found)
}

// restoreRights has a worker look: its identity signs in to the server.
func (a *App) restoreRights(ctx context.Context, input jobs.ValidateInput) (jobs.RestoreRights, error) {
	s, err := a.dial(ctx)
	if err != nil {
		return jobs.RestoreRights{}, err
	}
	defer s.Close()
	run, err := a.begin(ctx, s, newJob{
		id:       jobs.ID(jobs.KindValidate, input.Instance, uniqueTime()),
		kind:     jobs.TypeValidate,
		instance: input.Instance,
		point:    input.Point,
		summary:  "Rights of a restore of " + input.Instance,
		input:    input,
	})
	if err != nil {
		return jobs.RestoreRights{}, err
	}
	var result jobs.ValidateResult
	if err := a.wait(ctx, s, run, &result); err != nil {
		return jobs.RestoreRights{}, err
	}
	if result.Restore == nil {
		return jobs.RestoreRights{}, failure.New(failure.Internal, "update the workers to the version of this command", "the worker has not looked at the rights of a restore")
	}
	return *result.Restore, nil
}

func (a *App) printRights(found jobs.RestoreRights) {
	statements := found.Statements()
	if len(statements) > 0 {
		a.print("-- %s", found.Runner)
	}
	for _, statement := range statements {
		a.print("%s;", statement)
	}
	for _, l := range found.Lacks {
		a.note("Role %s %s.", found.Role, l.Text)
	}
	if found.More > 0 {
		a.note("It lacks %d rights more, which show when these are given.", found.More)
	}
	if instead := found.Instead(); len(instead) > 0 {
		a.note("Without the statements: %s.", strings.Join(instead, "; or "))
	}
}

// unmet returns an error if there are rights that no statement gives.
func unmet(found jobs.RestoreRights) error {
	left := jobs.RestoreRights{}
	var texts []string
	for _, l := range found.Lacks {
		if len(l.SQL) == 0 {
			left.Lacks = append(left.Lacks, l)
			texts = append(texts, l.Text)
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return failure.New(failure.MissingRestorePermissions, strings.Join(left.Instead(), "; or "), "no statement gives the rest: role %s %s", found.Role, strings.Join(texts, "; "))
}
