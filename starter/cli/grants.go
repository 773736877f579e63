package cli

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/grants"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/signin/whose"
	"github.com/pgvault/pgvault/starter/cli/document"
)

// grantsFlags are the flags of the command.
type grantsFlags struct {
	readAllData bool
	apply       bool
	user        string
	secret      string
	entra       bool
	host        string
	vault       *string
	restore     grantsRestore
}

func (a *App) grantsCommand() *cobra.Command {
	var f grantsFlags
	cmd := &cobra.Command{
		Use:   "grants INSTANCE",
		Short: "Print the SQL that gives the role of backups or of a restore what it lacks",
		Long: `Print the SQL that gives the role of the instance's backups exactly what it
lacks to dump the database: today's objects one by one, and default privileges
for tomorrow's. It can be piped into psql.

With --apply, it is run with an administrator's sign-in. The administrator's
password comes from --admin-secret, from PGPASSWORD, or is asked for;
with --admin-entra, a Microsoft Entra token takes its place. It is sent only to
the host that --admin-host names, or that is typed when the command asks for it:
the vault, from which the instance's host comes, may have been tampered with.

With --restore, the SQL is what the role of a restore lacks on the target server:
for a whole database, with --data-only for rows, or with --into for tables that
come back into a database that exists. An administrator runs it in
the database that its first line names. It makes the role a member of the owners
that the dump names, so read it first: --apply does not run it.`,
		Example: `  pgvault grants shop/orders | psql "host=db1 dbname=orders user=admin"
  pgvault grants shop/orders --apply --admin-user admin --admin-host db1
  pgvault grants shop/orders --restore --to-server db2.example.com --secret https://contoso.vault.azure.net/secrets/restore
  pgvault grants shop/orders --restore --to-server db1 --to-database orders --data-only --table public.customers`,
		Args: cobra.ExactArgs(1),
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.readAllData, "read-all-data", false, "use the server-wide role pg_read_all_data instead of single grants")
	flags.BoolVar(&f.apply, "apply", false, "run the SQL")
	flags.StringVar(&f.user, "admin-user", "", "the administrator's database user")
	flags.StringVar(&f.secret, "admin-secret", "", "URL of the Key Vault secret with the administrator's sign-in")
	flags.BoolVar(&f.entra, "admin-entra", false, "sign in with a Microsoft Entra token")
	flags.StringVar(&f.host, "admin-host", "", "the instance's host, to which the administrator's sign-in may be sent")
	f.vault = vaultFlag(cmd)
	f.restore.add(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.check(); err != nil {
			return err
		}
		if f.restore.wanted {
			return a.grantsRestore(cmd.Context(), args[0], f.restore)
		}
		return a.grants(cmd.Context(), args[0], f)
	}
	return cmd
}

func (f grantsFlags) check() error {
	switch {
	case f.restore.wanted && (f.apply || f.readAllData):
		return usagef("--apply and --read-all-data do not go with --restore: read its SQL and run it by psql")
	case !f.restore.wanted && f.restore.given():
		return usagef("--to-server and what belongs to it go with --restore")
	case !f.apply && (f.user != "" || f.secret != "" || f.host != "" || f.entra):
		return usagef("an administrator's sign-in is only for --apply")
	case f.secret != "" && f.entra:
		return usagef("give only one of --admin-secret and --admin-entra")
	case f.apply && f.user == "" && f.secret == "":
		return usagef("give --admin-user, or --admin-secret with a secret that names the user")
	}
	return nil
}

func (a *App) grants(ctx context.Context, name string, f grantsFlags) error {
	s, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	results, err := a.validateAll(ctx, s, []string{name})
	if err != nil {
		return err
	}
	found := results[0].ValidateResult
	if found.Role == "" {
		return failure.FromFindings(found.Findings)
	}
	if f.apply {
		return a.applyGrants(ctx, name, found.Role, f)
	}
	if !found.GrantsRead {
		return a.grantsToConnect(name, found)
	}
	statements := found.MissingSQL
	if f.readAllData {
		statements = found.ReadAllDataSQL
	}
	if err := a.answers(document.GrantsOf(name, found, statements), func() error { a.printStatements(statements); return nil }); err != nil {
		return err
	}
	a.noteOthers(found)
	if len(statements) == 0 {
		a.note("Role %s lacks no grant.", found.Role)
	}
	return nil
}

// grantsToConnect prints the grant that lets the role sign in, if only that is
// missing. If something else prevents it, the missing grants are unknown.
func (a *App) grantsToConnect(name string, found jobs.ValidateResult) error {
	var statements []string
	for _, finding := range found.Findings {
		if finding.Code == failure.MissingDBPermissions {
			statements = append(statements, finding.Action)
		}
	}
	if len(statements) == 0 {
		return failure.FromFindings(found.Findings)
	}
	show := func() error { a.print("%s", strings.Join(statements, "\n")); return nil }
	if err := a.answers(document.GrantsOf(name, found, statements), show); err != nil {
		return err
	}
	a.noteOthers(found)
	a.note("What else role %s lacks shows once it may connect: run this and ask again, or let `pgvault grants --apply` give it all at once.", found.Role)
	return nil
}

func (a *App) printStatements(statements []string) {
	for _, statement := range statements {
		a.print("%s;", statement)
	}
}

// noteOthers names findings that no grant fixes.
func (a *App) noteOthers(found jobs.ValidateResult) {
	for _, finding := range found.Findings {
		if finding.Code != failure.MissingDBPermissions {
			a.note("Note: %s: %s", finding.Code, finding.Message)
		}
	}
}

// applyGrants analyzes again as the administrator, who sees every object, and
// runs the missing grants in one transaction.
func (a *App) applyGrants(ctx context.Context, name, role string, f grantsFlags) error {
	v, err := a.openVault(*f.vault)
	if err != nil {
		return err
	}
	instance, err := knownInstance(ctx, v, name)
	if err != nil {
		return err
	}
	if f.host, err = a.confirmHost(instance.Server, f.host); err != nil {
		return err
	}
	conn, err := a.connectAdmin(ctx, instance, f)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	report, err := grants.Analyze(ctx, conn, role)
	if err != nil {
		return err
	}
	statements := report.SQL()
	if f.readAllData {
		statements = report.ReadAllDataSQL()
	}
	if err := grants.Apply(ctx, conn, statements); err != nil {
		return err
	}
	answer := &document.Grants{Instance: name, Role: role, Statements: statements, Applied: true, Complete: true}
	if err := a.answers(answer, func() error { a.printStatements(statements); return nil }); err != nil {
		return err
	}
	a.note("Role %s in %s on %s: %d statements run.", role, instance.Database, instance.Server.Host, len(statements))
	return nil
}

func (a *App) connectAdmin(ctx context.Context, i instance.Instance, f grantsFlags) (*pgx.Conn, error) {
	target, err := a.adminTarget(ctx, i, f)
	if err != nil {
		return nil, err
	}
	return postgres.Connect(ctx, target)
}

func (a *App) adminTarget(ctx context.Context, i instance.Instance, f grantsFlags) (postgres.Target, error) {
	if f.secret == "" && !f.entra {
		return a.passwordTarget(i, f.user), nil
	}
	source, err := a.source(signin.Confirmed{Host: f.host})
	if err != nil {
		return postgres.Target{}, err
	}
	account := signin.OfInstance(i)
	account.By = whose.Person
	account.SignIn = instance.SignIn{KeyVaultSecret: f.secret}
	if f.entra {
		account.SignIn = instance.SignIn{Entra: &instance.Entra{User: f.user}}
	}
	target, _, err := signin.Resolve(ctx, source, account)
	if err == nil && f.user != "" {
		target.User = f.user
	}
	return target, err
}

// source signs in to Key Vault and Microsoft Entra as the user of the command.
func (a *App) source(t signin.Trust) (signin.Source, error) {
	credential, err := azure.Credential()
	if err != nil {
		return nil, err
	}
	options, err := azure.OptionsFromEnv(a.Getenv)
	if err != nil {
		return nil, err
	}
	options.By = whose.Person
	return signin.Azure{Trust: t, Secrets: azure.NewSecrets(credential, options), Credential: credential, By: whose.Person}, nil
}
