package e2e_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"

	"github.com/pgvault/pgvault/starter/cli/document/documenttest"
)

// patience bounds every wait for a job of a few megabytes.
const patience = 4 * time.Minute

// canary is part of every password of the run.
const canary = "c4n4ry"

// password returns a new password, which must never appear in any output.
func password() secret.String { return secret.New(canary + rand.Text()) }

// world is one vault: a container, a Temporal namespace and, usually, a worker.
type world struct {
	env       *localenv.Env
	name      string
	namespace string
	dir       string
	vars      map[string]string
	temporal  client.Client
	// settings are additional lines of the vault's part of pgvault.yaml, each
	// ended by a newline.
	settings string
	// receivers are the items of its notifications, with a newline after each.
	receivers string

	mu        sync.Mutex
	instances []string
}

// newWorld returns a world without a worker. more overrides variables of the
// environment.
func newWorld(t *testing.T, more map[string]string) *world {
	t.Helper()
	return newWorldIn(t, localenvtest.Env(t), more)
}

func newWorldIn(t *testing.T, env *localenv.Env, more map[string]string) *world {
	t.Helper()
	w := beginWorld(t, env, t.TempDir(), more)
	t.Cleanup(func() { w.end(t) })
	return w
}

// beginWorld returns a world that the caller must end.
func beginWorld(t *testing.T, env *localenv.Env, dir string, more map[string]string) *world {
	t.Helper()
	w := &world{env: env, name: strings.ToLower(rand.Text()[:8]), dir: dir}
	w.namespace = "w-" + w.name
	w.vars = env.Vars()
	w.vars["TEMPORAL_NAMESPACE"] = w.namespace
	w.vars["PGVAULT_METRICS_ADDRESS"] = "127.0.0.1:0"
	maps.Copy(w.vars, more)
	w.trust(t)
	registerNamespace(t, env.Temporal.Address, w.namespace)
	w.dial(t)
	return w
}

// trust writes the world's trust file, which lists the storage that the world uses.
func (w *world) trust(t *testing.T) {
	t.Helper()
	file := w.env.NewTrustFile()
	account, _ := path.Split(w.vars["PGVAULT_VAULT"])
	file.Containers = []string{account + "*"}
	file.Hosts = []string{"no-such-server.invalid"}
	w.vars["PGVAULT_TRUST"] = filepath.Join(w.dir, "trust.yaml")
	require.NoError(t, file.Write(w.vars["PGVAULT_TRUST"]))
}

// end searches for passwords in what the world leaves. Its worker must have
// ended.
func (w *world) end(r reporter) {
	defer w.temporal.Close()
	w.search(r)
}

// environ returns the environment of the world's processes. The race detector
// reports as usual, but without its delay of a second at exit.
func (w *world) environ(more ...string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.dir, "GORACE=halt_on_error=1 atexit_sleep_ms=0", "TZ=UTC"}
	for name, value := range w.vars {
		env = append(env, name+"="+value)
	}
	return append(env, more...)
}

// ran is the outcome of a command.
type ran struct {
	Stdout, Stderr string
	Code           int
}

// pgvault runs the command to its end.
func (w *world) pgvault(t *testing.T, args ...string) ran {
	t.Helper()
	return w.pgvaultWith(t, w.environ(), args...)
}

// pgvaultWith runs the command with that environment.
func (w *world) pgvaultWith(t *testing.T, environment []string, args ...string) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "pgvault"), args...)
	cmd.Env = environment
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if cmd.ProcessState == nil {
		require.NoError(t, err)
	}
	r := ran{Stdout: out.String(), Stderr: errs.String(), Code: cmd.ProcessState.ExitCode()}
	keepLog(t, "pgvault", []byte(fmt.Sprintf("$ pgvault %s\n%s%s", strings.Join(args, " "), r.Stdout, r.Stderr)))
	require.NoError(t, documenttest.Check(args, r.Stdout), r.Stderr)
	return r
}

// ok runs the command and requires that it succeeds.
func (w *world) ok(t *testing.T, args ...string) string {
	t.Helper()
	r := w.pgvault(t, args...)
	require.Zero(t, r.Code, "pgvault %s\n%s%s", strings.Join(args, " "), r.Stdout, r.Stderr)
	return r.Stdout
}

// failing runs the command and requires that it fails with the code.
func (w *world) failing(t *testing.T, code string, args ...string) string {
	t.Helper()
	r := w.pgvault(t, args...)
	require.Equal(t, 1, r.Code, "pgvault %s\n%s%s", strings.Join(args, " "), r.Stdout, r.Stderr)
	require.Contains(t, r.Stdout+r.Stderr, code)
	return r.Stdout + r.Stderr
}

// instance is a test's backup instance, with defaults that work.
type instance struct {
	Name, Host, Database, Secret, EntraUser, Policy string
	Port                                            int
	// More are additional lines of YAML in the instance.
	More []string
}

func (i instance) yaml() string {
	signIn := "{keyVaultSecret: '" + i.Secret + "'}"
	if i.EntraUser != "" {
		signIn = "{entra: {user: '" + i.EntraUser + "'}}"
	}
	lines := []string{
		fmt.Sprintf("  %s:", i.Name),
		fmt.Sprintf("    server: {host: '%s', port: %d}", i.Host, i.Port),
		fmt.Sprintf("    database: '%s'", strings.ReplaceAll(i.Database, "'", "''")),
		"    signIn: " + signIn,
		"    policy: " + i.Policy,
	}
	for _, line := range i.More {
		lines = append(lines, "    "+line)
	}
	return strings.Join(lines, "\n")
}

// file returns the world's pgvault.yaml. Its schedules are far from the time of
// any test.
func (w *world) file(instances ...string) string {
	notifications := ""
	if w.receivers != "" {
		notifications = "notifications:\n" + w.receivers
	}
	return fmt.Sprintf(`vault:
  container: %s
  sweep: {schedule: {times: ["00:01"], days: [Sun]}, orphanGrace: 1h}
%spolicies:
  nightly:
    schedule: {times: ["00:01"], days: [Sun]}
    retention: {Default: 30d}
instances:
%s
%s`, w.vars["PGVAULT_VAULT"], w.settings, strings.Join(instances, "\n"), notifications)
}

// apply adds instances to the world's file and applies it.
func (w *world) apply(t *testing.T, added ...instance) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, i := range added {
		w.instances = append(w.instances, i.yaml())
	}
	path := filepath.Join(w.dir, "pgvault.yaml")
	require.NoError(t, os.WriteFile(path, []byte(w.file(w.instances...)), 0o600))
	w.ok(t, "apply", "-f", path)
	// Tests trigger the watch. Its own runs would disturb those that count requests.
	require.NoError(t, w.temporal.ScheduleClient().GetHandle(t.Context(), "watch").Pause(t.Context(), client.SchedulePauseOptions{Note: "tests trigger it"}))
}

// protected creates a database, runs sql as its owner, creates a backup role
// with all rights, and applies an instance.
func (w *world) protected(t *testing.T, sql string) instance {
	t.Helper()
	i := w.unprotected(t, sql)
	w.exec(t, i.Database, "GRANT pg_read_all_data TO "+i.user())
	w.apply(t, i)
	return i
}

// unprotected is like protected without rights and without applying an
// instance.
func (w *world) unprotected(t *testing.T, sql string) instance {
	t.Helper()
	database := localenvtest.Database(t)
	if sql != "" {
		w.exec(t, database, sql)
	}
	i := instance{
		Name: "shop/" + database, Host: w.env.Postgres.Host, Port: w.env.Postgres.Port, Database: database, Policy: "nightly",
	}
	pw := password()
	w.exec(t, "postgres", fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", i.user(), pw.Reveal()))
	i.Secret = w.env.Azure.KeyVault.SecretURL(i.secretName())
	w.env.Azure.KeyVault.SetSecret(i.secretName(), w.env.Postgres.URI(database, i.user(), pw))
	return i
}

func (i instance) user() string       { return "backup_" + i.Database }
func (i instance) secretName() string { return "backup-" + i.Database }

// administrator returns a secret with which restores sign in to the shared
// server.
func (w *world) administrator(t *testing.T) string {
	t.Helper()
	name, pw := "restore_"+strings.ToLower(rand.Text()[:8]), password()
	w.exec(t, "postgres", fmt.Sprintf("CREATE ROLE %s LOGIN SUPERUSER PASSWORD '%s'", name, pw.Reveal()))
	secretName := strings.ReplaceAll(name, "_", "-")
	w.env.Azure.KeyVault.SetSecret(secretName, w.env.Postgres.URI("postgres", name, pw))
	return w.env.Azure.KeyVault.SecretURL(secretName)
}

func (w *world) exec(t *testing.T, database, sql string) {
	t.Helper()
	require.NoError(t, w.env.Postgres.Exec(t.Context(), database, sql))
}

// query returns the first column of the first row.
func (w *world) query(t *testing.T, database, sql string) string {
	t.Helper()
	conn, err := w.env.Postgres.Connect(t.Context(), database)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var value string
	require.NoError(t, conn.QueryRow(t.Context(), sql, pgx.QueryExecModeSimpleProtocol).Scan(&value))
	return value
}
