package localenv

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/secret"
)

// PostgresOptions are the options of a cluster. CA is required.
type PostgresOptions struct {
	CA *CA
	// Certificate is the server's; by default a valid one for localhost.
	Certificate Certificate
	// Settings are additional lines of postgresql.conf; values are quoted here.
	Settings map[string]string
	// LDAPAddr is a host and port. It lets members of the role
	// pgvault_entra_users sign in with a token for PostgreSQL: see
	// [StandIns.LDAPAddr].
	LDAPAddr string
	// Host is the address to listen on; by default localhost.
	Host string
	// Port is used if it is free.
	Port int
	// Programs is the directory of the server's programs, which are copied; ""
	// means this machine's. See [ServerPrograms] and [DebianServer].
	Programs string
	// Extensions are files of extensions, by name, that the server must find.
	Extensions map[string]string
	// LogFile is in the cluster's directory by default.
	LogFile string
	// FileLimit is the size of the largest file that the server can write, in bytes;
	// 0 means no limit. PostgreSQL treats a file that grows beyond it like a full
	// disk. Error 53100 requires a limit that is no multiple of a page of 8 KiB, and no
	// temporary file that is as large.
	FileLimit int64
}

// Postgres is a cluster, reached over TLS at localhost.
type Postgres struct {
	Host      string
	Port      int
	Superuser string
	Password  secret.String
	// BinDir is the directory of the programs in the server's version.
	BinDir string

	lease     *lease
	dir       string
	logFile   string
	fileLimit int64
	mu        sync.Mutex
	child     *Process
}

// StartPostgres creates a cluster and starts it. If this process runs as root,
// which PostgreSQL refuses, the server runs as the user postgres.
func StartPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	bin, err := o.programs(ctx)
	if err != nil {
		return nil, err
	}
	if o.Certificate == (Certificate{}) {
		if o.Certificate, err = o.CA.Server(); err != nil {
			return nil, err
		}
	}
	// Not below a directory of the caller, which the user postgres may be
	// unable to enter.
	dir, err := os.MkdirTemp("", "pgvault-postgres-")
	if err != nil {
		return nil, fmt.Errorf("make the cluster's directory: %w", err)
	}
	port, err := leasePort(o.Port)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	p := &Postgres{
		Host: cmp.Or(o.Host, "localhost"), Port: port.port, Superuser: "postgres", Password: secret.New(rand.Text()),
		BinDir: bin, lease: port, dir: dir, logFile: o.LogFile, fileLimit: o.FileLimit,
	}
	if p.logFile == "" {
		p.logFile = filepath.Join(dir, "log")
	}
	if err := p.begin(ctx, o); err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
}

func (p *Postgres) begin(ctx context.Context, o PostgresOptions) error {
	if o.Programs != "" || len(o.Extensions) > 0 {
		if err := p.copyPrograms(o.Extensions); err != nil {
			return err
		}
	}
	if err := p.initialise(ctx, o); err != nil {
		return err
	}
	if err := p.Start(ctx); err != nil {
		return err
	}
	return p.Exec(ctx, "postgres", "CREATE ROLE "+EntraRole)
}

// Start starts a stopped cluster again, on the same port.
func (p *Postgres) Start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	cmd := p.command()
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	if err := asPostgres(cmd); err != nil {
		return err
	}
	// SIGQUIT is an immediate shutdown, which ends the backends too.
	c, err := startProcess(cmd, p.logFile, syscall.SIGQUIT)
	if err != nil {
		return err
	}
	if err := c.awaitReady(ctx, p.answers); err != nil {
		c.Kill()
		return err
	}
	p.child = c
	return nil
}

// command returns the server's command, under the limit for its files.
func (p *Postgres) command() *exec.Cmd {
	server := []string{filepath.Join(p.BinDir, "postgres"), "-D", p.DataDir()}
	if p.fileLimit == 0 {
		return exec.Command(server[0], server[1:]...)
	}
	const block = 512 // the unit of the shell's limit
	return exec.Command("sh", append([]string{"-c", `ulimit -f "$0" && exec "$@"`, strconv.FormatInt(p.fileLimit/block, 10)}, server...)...)
}

// Halt stops the server and keeps its data: clients see a fast shutdown.
func (p *Postgres) Halt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.child != nil {
		p.child.Stop(syscall.SIGINT, 20*time.Second)
		p.child = nil
	}
}

// Stop stops the server and removes its data.
func (p *Postgres) Stop() {
	p.Halt()
	_ = os.RemoveAll(p.dir)
	p.lease.release()
}

// PID returns the process ID of the server's main process, or 0 while it is
// stopped.
func (p *Postgres) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.child == nil {
		return 0
	}
	return p.child.PID()
}

// Connect opens a superuser's connection to a database.
func (p *Postgres) Connect(ctx context.Context, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig("")
	if err != nil {
		return nil, fmt.Errorf("make a connection's settings: %w", err)
	}
	config.Host, config.Port = p.Host, uint16(p.Port)
	config.User, config.Password = p.Superuser, p.Password.Reveal()
	config.Database = database
	config.Fallbacks = nil
	// The cluster may have an expired certificate on purpose, and this
	// connection stays on this machine.
	config.TLSConfig = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to the local PostgreSQL: %w", err)
	}
	return conn, nil
}

// Exec runs one or more SQL statements as the superuser.
func (p *Postgres) Exec(ctx context.Context, database, sql string) error {
	conn, err := p.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
		return fmt.Errorf("run SQL in %s: %w", database, err)
	}
	return nil
}

// URI returns a libpq connection string with the password.
func (p *Postgres) URI(database, user string, password secret.String) secret.String {
	return secret.New("postgresql://" + user + ":" + password.Reveal() + "@" + p.Host + ":" + strconv.Itoa(p.Port) + "/" + database + "?sslmode=verify-full")
}

func (p *Postgres) answers(ctx context.Context) error {
	conn, err := p.Connect(ctx, "postgres")
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// DataDir returns the directory of the cluster's files.
func (p *Postgres) DataDir() string { return filepath.Join(p.dir, "data") }
