package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/pgvault/pgvault/internal/test/localenv"
)

// toolsMajor is the version of server and programs: the first whose archives
// support zstd and that is available for this machine.
const toolsMajor = 17

// bed is the server and the storage for all measurements.
type bed struct {
	dir      string
	ca       *localenv.CA
	azure    *localenv.StandIns
	postgres *localenv.Postgres
	azurite  *localenv.Azurite
	discard  *discard
	tools    string
	log      io.Writer
}

// serverSettings returns the settings of a server that has its machine to
// itself and whose disk does not matter: PostgreSQL's manual advises a quarter
// of memory for shared_buffers.
func serverSettings() (map[string]string, error) {
	var system unix.Sysinfo_t
	if err := unix.Sysinfo(&system); err != nil {
		return nil, fmt.Errorf("ask for the size of memory: %w", err)
	}
	return map[string]string{
		"shared_buffers": fmt.Sprintf("%dMB", system.Totalram*uint64(system.Unit)/4>>20), "max_wal_size": "16GB", "checkpoint_timeout": "1h",
		"maintenance_work_mem": "256MB", "autovacuum": "off", "max_locks_per_transaction": "512",
	}, nil
}

func newBed(ctx context.Context, log io.Writer) (*bed, error) {
	dir, err := os.MkdirTemp("", "pgvault-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a directory: %w", err)
	}
	b := &bed{dir: dir, log: log}
	if err := b.start(ctx); err != nil {
		b.stop()
		return nil, err
	}
	return b, nil
}

func (b *bed) start(ctx context.Context) (err error) {
	if b.tools, err = localenv.ClientTools(ctx, b.log, toolsMajor); err != nil {
		return err
	}
	if b.ca, err = localenv.NewCA(filepath.Join(b.dir, "tls")); err != nil {
		return err
	}
	// The measured processes inherit it, as they do all variables.
	if err := os.Setenv("SSL_CERT_FILE", b.ca.BundleFile()); err != nil {
		return fmt.Errorf("set SSL_CERT_FILE: %w", err)
	}
	if b.azure, err = localenv.StartStandIns(localenv.StandInOptions{CA: b.ca}); err != nil {
		return err
	}
	for name, value := range b.azure.Vars() {
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	if b.postgres, err = b.server(ctx, toolsMajor); err != nil {
		return err
	}
	if err := b.renewStorage(ctx); err != nil {
		return err
	}
	b.discard, err = startDiscard(b.ca)
	return err
}

// server starts a server of Debian's build, as users have it.
func (b *bed) server(ctx context.Context, major int) (*localenv.Postgres, error) {
	programs, err := localenv.DebianServer(ctx, b.log, major)
	if err != nil {
		return nil, err
	}
	settings, err := serverSettings()
	if err != nil {
		return nil, err
	}
	return localenv.StartPostgres(ctx, localenv.PostgresOptions{CA: b.ca, Programs: programs, Settings: settings})
}

// renewStorage replaces Azurite by an empty one: Azurite keeps deleted blobs
// for a while and becomes slower the more it keeps.
func (b *bed) renewStorage(ctx context.Context) (err error) {
	if b.azurite != nil {
		b.azurite.Stop()
	}
	b.azurite, err = localenv.StartAzurite(ctx, localenv.AzuriteOptions{CA: b.ca})
	return err
}

func (b *bed) stop() {
	if b.discard != nil {
		b.discard.stop()
	}
	if b.azurite != nil {
		b.azurite.Stop()
	}
	if b.postgres != nil {
		b.postgres.Stop()
	}
	if b.azure != nil {
		b.azure.Stop()
	}
	_ = os.RemoveAll(b.dir)
}

// variables returns libpq's variables, for programs that connect to a database.
func (b *bed) variables(database string, port int) []string {
	return append(os.Environ(), "PGHOST="+b.postgres.Host, fmt.Sprintf("PGPORT=%d", port), "PGUSER="+b.postgres.Superuser,
		"PGPASSWORD="+b.postgres.Password.Reveal(), "PGDATABASE="+database, "PGSSLMODE=verify-full", "PGSSLROOTCERT="+b.ca.BundleFile())
}

// psql runs a script.
func (b *bed) psql(ctx context.Context, database, script string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(b.tools, "psql"), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
	cmd.Env, cmd.Stdin = b.variables(database, b.postgres.Port), strings.NewReader(script)
	return quietly(cmd)
}

// quietly shows a program's output only if it fails.
func quietly(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, out)
	}
	return err
}

// drop removes a database that a restore has created.
func (b *bed) drop(ctx context.Context, database string) error {
	return b.postgres.Exec(ctx, "postgres", "DROP DATABASE IF EXISTS "+database+" WITH (FORCE)")
}

// settle completes the writes of one run, so that the next one does not pay for
// them.
func (b *bed) settle(ctx context.Context) error {
	return b.postgres.Exec(ctx, "postgres", "CHECKPOINT")
}
