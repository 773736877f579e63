package localenv

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"golang.org/x/sync/errgroup"
)

// Options are the options of a whole environment.
type Options struct {
	// Dir is the directory of certificates and logs. The parts' data is
	// elsewhere and is removed by Stop.
	Dir string
	// Log receives messages about slow steps.
	Log io.Writer
	// Familiar selects the parts' well-known ports, if they are free, and
	// serves Temporal's web interface: for people, not for tests.
	Familiar bool
}

// Env is all parts together, with a container for the vault.
type Env struct {
	CA       *CA
	Postgres *Postgres
	// Scratch is the server for drills, at [ScratchHost]; nil if it is not started.
	Scratch  *Postgres
	Azurite  *Azurite
	Temporal *Temporal
	Azure    *StandIns
	// VaultURL is the vault's container.
	VaultURL string

	trustFile string
	metrics   *lease
}

// ScratchHost is the address of the server for drills. Trust files tell servers apart
// by their hosts.
const ScratchHost = "127.0.0.2"

// vaultContainer is the container's name.
const vaultContainer = "pgvault"

// ports are well-known ports; 0 is any.
type ports struct{ postgres, scratch, azurite, temporal, temporalUI, identity, vault, metrics int }

// familiar are the ports for people; docker-compose.yml has the same numbers.
// PostgreSQL's 5432 is left to the machine's own cluster. None is in the
// kernel's range for outgoing connections, one of which could take it.
var familiar = ports{postgres: 25432, scratch: 25433, azurite: 10000, temporal: 7233, temporalUI: 8233, identity: 8701, vault: 8702, metrics: 9464}

// Start starts all parts concurrently.
func Start(ctx context.Context, o Options) (*Env, error) {
	if err := Prepare(ctx, o.Log); err != nil {
		return nil, err
	}
	// The variables name files below it, for processes in other directories.
	var err error
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, fmt.Errorf("the environment's directory: %w", err)
	}
	var p ports
	if o.Familiar {
		p = familiar
	}
	e := &Env{}
	if err := e.start(ctx, o, p); err != nil {
		e.Stop()
		return nil, err
	}
	return e, nil
}

func (e *Env) start(ctx context.Context, o Options, p ports) error {
	var err error
	if e.CA, err = NewCA(filepath.Join(o.Dir, "tls")); err != nil {
		return err
	}
	if e.Azure, err = StartStandIns(StandInOptions{CA: e.CA, IdentityPort: p.identity, VaultPort: p.vault}); err != nil {
		return err
	}
	if e.metrics, err = leasePort(p.metrics); err != nil {
		return err
	}
	logFile := func(part string) string { return filepath.Join(o.Dir, part+".log") }
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		e.Postgres, err = StartPostgres(ctx, PostgresOptions{
			CA: e.CA, LDAPAddr: e.Azure.LDAPAddr, Port: p.postgres, LogFile: logFile("postgres"),
		})
		return err
	})
	group.Go(func() (err error) {
		e.Scratch, err = StartPostgres(ctx, PostgresOptions{CA: e.CA, Host: ScratchHost, Port: p.scratch, LogFile: logFile("scratch")})
		return err
	})
	group.Go(func() (err error) {
		e.Temporal, err = StartTemporal(ctx, TemporalOptions{
			UI: o.Familiar, Port: p.temporal, UIPort: p.temporalUI, LogFile: logFile("temporal"),
		})
		return err
	})
	group.Go(func() (err error) {
		e.Azurite, err = StartAzurite(ctx, AzuriteOptions{CA: e.CA, Port: p.azurite, LogFile: logFile("azurite")})
		if err != nil {
			return err
		}
		e.VaultURL, err = e.Azurite.CreateContainer(ctx, vaultContainer)
		return err
	})
	if err := group.Wait(); err != nil {
		return fmt.Errorf("start the local environment: %w", err)
	}
	return e.WriteTrust(o.Dir)
}

// Stop stops all parts, even of an environment that started only in part.
func (e *Env) Stop() {
	if e.Temporal != nil {
		e.Temporal.Stop()
	}
	if e.Azurite != nil {
		e.Azurite.Stop()
	}
	for _, p := range []*Postgres{e.Postgres, e.Scratch} {
		if p != nil {
			p.Stop()
		}
	}
	if e.Azure != nil {
		e.Azure.Stop()
	}
	e.metrics.release()
}

// Vars returns all variables that the worker, the CLI and the temporal program
// need.
func (e *Env) Vars() map[string]string {
	vars := e.Azure.Vars()
	vars["SSL_CERT_FILE"] = e.CA.BundleFile()
	vars["TEMPORAL_ADDRESS"] = e.Temporal.Address
	vars["TEMPORAL_NAMESPACE"] = temporalNamespace
	vars["PGVAULT_UI_URL"] = e.Temporal.UIURL
	vars["PGVAULT_VAULT"] = e.VaultURL
	vars["PGVAULT_TRUST"] = e.trustFile
	vars["PGVAULT_SIGNING_KEY_VAULT"] = e.Azure.KeyVault.URL
	// The stand-in's host is not one of Azure's.
	vars["PGVAULT_KEYVAULT_DISABLE_CHALLENGE_RESOURCE_VERIFICATION"] = "true"
	if e.metrics != nil {
		vars["PGVAULT_METRICS_ADDRESS"] = loopback(e.metrics.port)
	}
	return vars
}
