package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
)

// restoreInto are the flags for tables that come back into an existing database.
type restoreInto struct {
	database, as, schema                  string
	allowPublications, allowEventTriggers bool
}

func (f *restoreInto) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.database, "into", "", "existing database to create each --table in, on the instance's server unless --to-server names another")
	flags.StringVar(&f.as, "as", "", "with --into, restore the one --table under this name, as SCHEMA.NAME")
	flags.StringVar(&f.schema, "into-schema", "", "with --into, restore each --table into this schema")
	flags.BoolVar(&f.allowPublications, "allow-publications", false, "with --into, restore although a publication would send the tables' rows to subscribers")
	flags.BoolVar(&f.allowEventTriggers, "allow-event-triggers", false, "with --into, restore although an event trigger would run for the tables' definitions")
}

// given reports whether any of the flags was set.
func (f *restoreInto) given() bool { return *f != restoreInto{} }

// onOwnServer reports whether the database is on the instance's server.
func (f *restoreFlags) onOwnServer() bool { return f.into.database != "" && f.server == "" }

// checkInto returns an error if the flags do not fit each other.
func (f *restoreFlags) checkInto() error {
	switch {
	case !f.into.given():
		return nil
	case f.into.database == "":
		return usagef("--as, --into-schema, --allow-publications and --allow-event-triggers go with --into")
	case f.database != "" || f.container != "":
		return usagef("give only one of --into, --to-database and --to-container")
	case f.server == "" && (f.tlsMode != instance.TLSVerifyFull || f.rootCertificate != ""):
		return usagef("--tls-mode and --tls-root-certificate go with --to-server: the instance's own server has its own")
	case len(f.choice.tables) == 0 || len(f.choice.schemas) > 0:
		return usagef("--into goes with --table, and not with --schema: an existing database gets named tables only")
	case f.choice.dataOnly:
		return usagef("give only one of --into, which creates tables, and --data-only, which fills existing ones")
	case f.roles || f.keepFailed || f.statistics:
		return usagef("--roles, --keep-failed and --statistics do not go with --into")
	case f.into.as != "" && f.into.schema != "":
		return usagef("give only one of --as and --into-schema")
	case f.into.as != "" && (len(f.choice.tables) > 1 || f.choice.withChildren):
		return usagef("--as goes with one --table; several get another schema by --into-schema")
	}
	if err := f.into.request().Check(); err != nil {
		return usagef("%s: %v", map[bool]string{true: "--as", false: "--into-schema"}[f.into.as != ""], err)
	}
	return nil
}

// request returns the job's request for an existing database; nil for none.
func (f *restoreInto) request() *jobs.Into {
	if f.database == "" {
		return nil
	}
	return &jobs.Into{As: f.as, Schema: f.schema, AllowPublications: f.allowPublications, AllowEventTriggers: f.allowEventTriggers}
}

// ownServer returns the server of an instance's definition.
func (a *App) ownServer(ctx context.Context, name string) (*instance.Server, error) {
	const remedy = "the instance's server is not known here; give --to-server HOST[:PORT]"
	v, err := a.openVault("")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", remedy, err)
	}
	found, err := knownInstance(ctx, v, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", remedy, err)
	}
	return &found.Server, nil
}

// printInto prints the names of tables that were restored into a database.
func (a *App) printInto(r jobs.RestoreResult) {
	verb := "is"
	if len(r.Tables) > 1 {
		verb = "are"
	}
	a.print("%s of recovery point %s of %s %s in database %s on %s", strings.Join(r.Tables, ", "), r.Point, r.Instance, verb, r.Database, r.Server)
}
