package demo

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/test/localenv/dev"
)

const (
	instance = "shop/orders"
	restored = "orders_restored"
)

// Run shows a backup, a restore and a drill in the environment of dir, with the
// program pgvault in binDir.
func Run(ctx context.Context, out io.Writer, dir dev.Dir, binDir string) error {
	vars, err := dev.ReadEnv(dir)
	if err != nil {
		return err
	}
	d := &demo{out: out, vars: vars, program: filepath.Join(binDir, "pgvault")}
	// The database of an earlier demo: a restore never touches an existing
	// database.
	if err := d.exec(ctx, "postgres", "DROP DATABASE IF EXISTS "+restored); err != nil {
		return err
	}
	commands := [][]string{
		{"apply", "-f", dir.ConfigurationFile()},
		{"validate", instance},
		{"backup", instance, "--wait"},
		{"points", instance},
		{"restore", instance, "--to-server", vars[dev.VarServer], "--to-database", restored, "--secret", vars[dev.VarAdminSecret], "--verify", "--wait"},
		{"drill", instance, "--wait"},
		{"proof", "show", instance},
		{"proof", "verify", instance},
	}
	for _, args := range commands {
		if err := d.pgvault(ctx, args); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, `
Every job is in Temporal's UI: %s
The environment is still up: `+"`. %s`"+` and go on, or `+"`make down`"+`.
`, vars[dev.VarTemporalUI], dir.EnvFile())
	return nil
}

type demo struct {
	out     io.Writer
	vars    map[string]string
	program string
}

// pgvault runs a command as a person would, and shows it.
func (d *demo) pgvault(ctx context.Context, args []string) error {
	fmt.Fprintf(d.out, "\n$ pgvault %s\n", strings.Join(args, " "))
	cmd := exec.CommandContext(ctx, d.program, args...)
	cmd.Env = os.Environ()
	for name, value := range d.vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	// Passed on directly: the progress bar needs a terminal.
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("pgvault %s: %w", args[0], err)
	}
	return nil
}

// exec runs SQL as the superuser.
func (d *demo) exec(ctx context.Context, database, sql string) error {
	config, err := pgx.ParseConfig(d.vars[dev.VarPostgres])
	if err != nil {
		return fmt.Errorf("read the connection string: %w", err)
	}
	config.Database = database
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", database, err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("run SQL in %s: %w", database, err)
	}
	return nil
}
