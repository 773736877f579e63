package dev

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/sample"
)

// VarTemporalUI is the address to which cards link.
const VarTemporalUI = "PGVAULT_UI_URL"

// Variables of the environment that only people and the demo read.
const (
	VarPostgres    = "PGVAULT_DEV_POSTGRES"     // the superuser's connection string
	VarPostgresBin = "PGVAULT_DEV_POSTGRES_BIN" // PostgreSQL's programs
	VarServer      = "PGVAULT_DEV_SERVER"       // host:port of PostgreSQL
	VarAdminSecret = "PGVAULT_DEV_ADMIN_SECRET" // URL of the secret to restore with
)

func variables(env *localenv.Env, s *sample.Sample) map[string]string {
	vars := env.Vars()
	vars[VarPostgres] = env.Postgres.URI("orders", env.Postgres.Superuser, env.Postgres.Password).Reveal() +
		"&sslrootcert=" + env.CA.CertificateFile()
	vars[VarPostgresBin] = env.Postgres.BinDir
	vars[VarServer] = fmt.Sprintf("%s:%d", env.Postgres.Host, env.Postgres.Port)
	vars[VarAdminSecret] = s.AdminSecret
	return vars
}

// writeEnv writes the variables for a shell to read. It writes the file
// atomically, since the file means that the environment is ready.
func writeEnv(dir Dir, vars map[string]string, path ...string) error {
	var b strings.Builder
	b.WriteString("# Written by make up. Read it with: . .dev/env\n")
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		fmt.Fprintf(&b, "export %s=%s\n", name, quote(vars[name]))
	}
	fmt.Fprintf(&b, "export PATH=%s:\"$PATH\"\n", quote(strings.Join(path, ":")))
	temp := dir.path("env.new")
	// The file contains the superuser's password.
	if err := os.WriteFile(temp, []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("write the variables: %w", err)
	}
	if err := os.Rename(temp, dir.EnvFile()); err != nil {
		return fmt.Errorf("write the variables: %w", err)
	}
	return nil
}

// quote quotes a word for a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// ReadEnv reads the variables of a running environment.
func ReadEnv(dir Dir) (map[string]string, error) {
	data, err := os.ReadFile(dir.EnvFile())
	if err != nil {
		return nil, fmt.Errorf("read the variables: %w", err)
	}
	vars := map[string]string{}
	for line := range strings.Lines(string(data)) {
		name, value, found := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "='")
		if found && strings.HasSuffix(value, "'") {
			vars[name] = strings.ReplaceAll(strings.TrimSuffix(value, "'"), `'\''`, "'")
		}
	}
	return vars, nil
}
