package cli

import (
	"cmp"
	"context"
	"net"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/starter/cli/document"
)

// restoreFlags are the flags of the command.
type restoreFlags struct {
	which           pointFlags
	server          string
	tlsMode         string
	rootCertificate string
	database        string
	secret          string
	entraUser       string
	owners, grants  string
	roles           bool
	keepFailed      bool
	container       string
	prefix          string
	connections     int
	statistics      bool
	verify          bool
	choice          restoreChoice
	into            restoreInto
	rehydration     rehydrationFlags
	wait            *bool
}

func (a *App) restoreCommand() *cobra.Command {
	var f restoreFlags
	cmd := &cobra.Command{
		Use:   "restore INSTANCE (--to-server HOST[:PORT] --to-database NAME | --table NAME --into DATABASE | --to-container URL)",
		Short: "Make a database or files of a recovery point",
		Long: `Restore a recovery point as a database on any server, or as files into any
container that holds no vault. A database is made under a name of the job's own
and renamed when it is whole; one that exists already gets tables only on request.

A restore runs code of the source database's owner with the rights of the
restore's role: functions in constraints, indexes, defaults and triggers. Restore
a database that you do not trust to a scratch server.

--table and --schema restore some of it, and read no more than that. A table
comes with its rows, indexes, constraints, triggers, policies, sequences, grants
and partitions, and with the types, functions and extensions that it needs; a
foreign key to a table that is not restored is left out, and named.
--schema-only restores definitions. --data-only loads rows into a database that
exists, into tables that are there and empty: all of them or none, in the order
of their foreign keys, without firing triggers.

--into creates the tables of --table in a database that exists, the source itself
too, with rows, indexes, constraints, triggers, policies, owners and grants. An
existing table is never touched: --as and --into-schema restore beside it. The
tables are loaded where only the job sees them, and one transaction moves them
into place. Foreign keys are checked after that, and what violates them is named.

With --verify the rows, sequences and large objects that were restored are read
back and compared with the fingerprints that the dump took of them. If anything
differs, the job fails and names it, and what was restored is dropped or rolled
back.

A dump in the archive tier cannot be read: the job has the storage make a copy
of it first, waits for that, and goes on by itself. That takes up to 15 hours,
or with --rehydrate-priority high mostly less than one for dumps below 10 GB.
The copy serves other restores of the point too, until the sweep deletes it.

Without --secret and --entra-user, sign-in is as for the instance's backups.`,
		Example: `  pgvault restore shop/orders --to-server db2.example.com --to-database orders_copy --wait
  pgvault restore shop/orders --point 20261124T020000Z-1f2e3d4c --to-container https://acct.blob.core.windows.net/restored
  pgvault restore shop/orders --table public.customers --to-server db2.example.com --to-database rescued --wait
  pgvault restore shop/orders --table public.customers --data-only --to-server db.example.com --to-database orders --wait
  pgvault restore shop/orders --table shop.orders --into orders --secret https://contoso.vault.azure.net/secrets/restore --wait
  pgvault restore shop/orders --at '2026-11-26 14:00' --table shop.orders --into orders --as shop.orders_before --wait`,
		Args: cobra.ExactArgs(1),
	}
	flags := cmd.Flags()
	f.addCommon(cmd)
	flags.StringVar(&f.database, "to-database", "", "name of the new database, or with --data-only of one that exists")
	flags.StringVar(&f.secret, "secret", "", "URL of the Key Vault secret to sign in with")
	flags.StringVar(&f.entraUser, "entra-user", "", "database user to sign in as with the worker's identity")
	flags.BoolVar(&f.roles, "roles", false, "first create the recorded roles that the server lacks, without passwords")
	flags.BoolVar(&f.keepFailed, "keep-failed", false, "leave the half-restored database of a failed job")
	flags.IntVar(&f.connections, "connections", 0, "connections that load data side by side, 1 to 64; one with --data-only (default: 4)")
	flags.BoolVar(&f.statistics, "statistics", false, "restore the planner's statistics too, which dumps have where dump.statistics is on")
	flags.BoolVar(&f.verify, "verify", false, "compare what was restored with the dump's fingerprints, before it gets its name or is committed")
	flags.StringVar(&f.container, "to-container", "", "URL of the container to restore the files to, which holds no vault")
	flags.StringVar(&f.prefix, "prefix", "", "what the files' names begin with in that container")
	f.into.add(flags)
	f.rehydration.add(flags)
	f.wait = waitFlag(cmd)
	a.localFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		input, err := f.input(args[0])
		if err != nil {
			return err
		}
		if input.Rehydration, err = f.rehydration.given(); err != nil {
			return err
		}
		if input.Point, err = f.which.given(cmd.Context(), a, args[0]); err != nil {
			return err
		}
		if f.onOwnServer() {
			if input.Target.Server, err = a.ownServer(cmd.Context(), args[0]); err != nil {
				return err
			}
		}
		return a.restore(cmd.Context(), input, *f.wait)
	}
	return cmd
}

// addCommon adds the flags that restore and grants --restore describe in the same words.
func (f *restoreFlags) addCommon(cmd *cobra.Command) {
	flags := cmd.Flags()
	f.which.add(cmd)
	flags.StringVar(&f.server, "to-server", "", "server to restore to")
	flags.StringVar(&f.tlsMode, "tls-mode", instance.TLSVerifyFull, "how the connection is protected: verify-full, verify-ca, require, disable")
	flags.StringVar(&f.rootCertificate, "tls-root-certificate", "", "PEM file on the worker with the server's certificate authority")
	flags.StringVar(&f.owners, "owners", "keep", "keep or omit the owners of objects")
	flags.StringVar(&f.grants, "grants", "keep", "keep or omit the grants")
	f.choice.add(flags)
}

func (f *restoreFlags) input(name string) (jobs.RestoreInput, error) {
	input := jobs.RestoreInput{Instance: name}
	if err := f.checkInto(); err != nil {
		return input, err
	}
	switch {
	case f.onOwnServer():
	case (f.server == "") == (f.container == ""):
		return input, usagef("give either --to-server with --to-database, or --table with --into, or --to-container")
	case f.container != "" && f.choice.selective():
		return input, usagef("--table, --schema, --schema-only and --data-only go with --to-server: files are restored whole")
	case f.container != "" && f.verify:
		return input, usagef("--verify goes with --to-server: files are compared with their checksums anyway")
	case f.container != "":
		input.Target = jobs.RestoreTarget{Container: f.container, Prefix: f.prefix}
		if err := instance.CheckContainerURL(f.container); err != nil {
			return input, usagef("--to-container: %v", err)
		}
		return input, nil
	case f.database == "" && f.into.database == "":
		return input, usagef("give --to-database, the name of the new database")
	}
	if f.secret != "" && f.entraUser != "" {
		return input, usagef("give only one of --secret and --entra-user")
	}
	server, err := f.toServer()
	if err != nil {
		return input, err
	}
	input.Target = jobs.RestoreTarget{
		Server: server, SignIn: f.signIn(), Database: cmp.Or(f.into.database, f.database), Into: f.into.request(),
		Owners: jobs.Choice(f.owners), Grants: jobs.Choice(f.grants),
		Roles: f.roles, KeepFailed: f.keepFailed, Connections: f.connections, Statistics: f.statistics, Verify: f.verify,
	}
	if err := f.choice.apply(&input.Target); err != nil {
		return input, err
	}
	return input, f.check(input.Target)
}

func (f *restoreFlags) check(t jobs.RestoreTarget) error {
	for flag, value := range map[string]string{"--owners": f.owners, "--grants": f.grants} {
		if value != string(jobs.Keep) && value != string(jobs.Omit) {
			return usagef("%s %q is neither keep nor omit", flag, value)
		}
	}
	if f.connections < 0 || f.connections > jobs.MaxConnections {
		return usagef("--connections %d is not between 1 and %d", f.connections, jobs.MaxConnections)
	}
	if t.SignIn == nil {
		return nil
	}
	if err := t.SignIn.Validate(); err != nil {
		return usagef("sign-in: %v", err)
	}
	return nil
}

// toServer returns the server of --to-server; nil for the instance's own.
func (f *restoreFlags) toServer() (*instance.Server, error) {
	if f.server == "" {
		return nil, nil
	}
	server := instance.Server{Host: f.server, TLS: instance.TLS{Mode: f.tlsMode, RootCertificate: f.rootCertificate}}
	if host, port, err := net.SplitHostPort(f.server); err == nil {
		server.Host = host
		if server.Port, err = strconv.Atoi(port); err != nil {
			return nil, usagef("--to-server: port %q is not a number", port)
		}
	}
	server = server.WithDefaults()
	if err := server.Validate(); err != nil {
		return nil, usagef("--to-server: %v", err)
	}
	return &server, nil
}

func (f *restoreFlags) signIn() *instance.SignIn {
	switch {
	case f.secret != "":
		return &instance.SignIn{KeyVaultSecret: f.secret}
	case f.entraUser != "":
		return &instance.SignIn{Entra: &instance.Entra{User: f.entraUser}}
	}
	return nil
}

func (a *App) restore(ctx context.Context, input jobs.RestoreInput, wait bool) error {
	if err := a.checkTarget(ctx, input.Target.Container); err != nil {
		return err
	}
	return runJob(ctx, a, newJob{
		id:       jobs.ID(jobs.KindRestore, input.Instance, uniqueTime()),
		kind:     jobs.TypeRestore,
		instance: input.Instance,
		point:    input.Point,
		summary:  "Restore of " + input.Instance,
		input:    input,
	}, wait, document.RestoreOf, a.printRestore)
}

func (a *App) printRestore(r jobs.RestoreResult) {
	if !r.CopyUntil.IsZero() {
		a.note("The rehydrated copy of the dump is kept until %s.", a.zone.time(r.CopyUntil))
	}
	if r.Container != "" {
		a.print("Recovery point %s of %s is in %s:", r.Point, r.Instance, r.Container)
		for _, file := range r.Files {
			a.print("  %s", file)
		}
		a.printNotes(r.Notes)
		return
	}
	if r.Tables != nil {
		a.printInto(r)
	} else {
		a.printDatabase(r)
	}
	a.printCompared(r.Verified)
	a.printNotes(r.Notes)
	for _, ignored := range r.Ignored {
		a.print("  passed over: %s", ignored)
	}
}

func (a *App) printDatabase(r jobs.RestoreResult) {
	made := "Recovery point %s of %s is database %s on %s"
	if r.RowsOnly {
		made = "Rows of recovery point %s of %s are in database %s on %s"
	}
	a.print(made, r.Point, r.Instance, r.Database, r.Server)
}

func (a *App) printCompared(v *jobs.Verified) {
	if v == nil {
		return
	}
	a.print("  verified: %s are those of the dump", v)
	for _, left := range v.NotProven {
		a.print("  not proven: %s", left)
	}
	if v.MoreNotProven > 0 {
		a.print("  not proven: %d more", v.MoreNotProven)
	}
}

func (a *App) printNotes(notes []string) {
	for _, note := range notes {
		a.print("  note: %s", note)
	}
}
