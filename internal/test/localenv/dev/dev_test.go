package dev_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pgvault/pgvault/internal/test/localenv/dev"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// environment is a new directory with the built command and a worker that only
// sleeps.
type environment struct {
	dir    dev.Dir
	binDir string
}

func newEnvironment(t *testing.T) environment {
	t.Helper()
	e := environment{dir: dev.Dir(filepath.Join(t.TempDir(), ".dev")), binDir: t.TempDir()}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", e.binDir, "../cmd/localenv").CombinedOutput()
	require.NoError(t, err, string(out))
	require.NoError(t, os.WriteFile(filepath.Join(e.binDir, "pgvault-worker"), []byte("#!/bin/sh\nexec sleep 86400\n"), 0o755))
	return e
}

func (e environment) run(t *testing.T, command string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(filepath.Join(e.binDir, "localenv"), command, "--dir", string(e.dir), "--bin", e.binDir)
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Run(), out.String())
	return out.String()
}

// processes returns the IDs of all processes whose command line contains the
// text.
func processes(t *testing.T, text string) []int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	var found []int
	for _, file := range files {
		if line, err := os.ReadFile(file); err == nil && strings.Contains(string(line), text) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			require.NoError(t, err)
			found = append(found, pid)
		}
	}
	return found
}

func TestUpAndDown(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t)
	t.Cleanup(func() { e.run(t, "down") })
	require.Contains(t, e.run(t, "up"), "Temporal UI")
	require.Contains(t, e.run(t, "up"), "running already")

	vars, err := dev.ReadEnv(e.dir)
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), vars["PGVAULT_DEV_POSTGRES"])
	require.NoError(t, err)
	var orders int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM "Order desk".orders`).Scan(&orders))
	require.Equal(t, 150000, orders)
	require.NoError(t, conn.Close(t.Context()))
	out, err := exec.CommandContext(t.Context(), "sh", "-c", `. "$0" && temporal operator cluster health && printf %s "$PGVAULT_VAULT"`, e.dir.EnvFile()).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), vars["PGVAULT_VAULT"])
	require.NotEmpty(t, processes(t, "pgvault-dev-"))

	require.Contains(t, e.run(t, "down"), "has stopped")
	require.NoDirExists(t, string(e.dir))
	require.Contains(t, e.run(t, "down"), "is not running")
}

func TestNothingOutlivesAKilledEnvironment(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t)
	t.Cleanup(func() { e.run(t, "down") })
	e.run(t, "up")
	serving := processes(t, "serve\x00--dir\x00"+string(e.dir))
	require.Len(t, serving, 1)
	data := dataDir(t, e)
	require.NotEmpty(t, processes(t, data))
	require.NoError(t, syscall.Kill(serving[0], syscall.SIGKILL))
	require.Eventually(t, func() bool { return len(processes(t, data)) == 0 }, time.Minute, 20*time.Millisecond)

	e.run(t, "down")
	require.NoDirExists(t, data)
	require.NoDirExists(t, string(e.dir))
}

func dataDir(t *testing.T, e environment) string {
	t.Helper()
	lock, err := os.ReadFile(filepath.Join(string(e.dir), "lock"))
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(lock), `"dataDir":"`)
	dir, _, _ := strings.Cut(rest, `"`)
	require.NotEmpty(t, dir)
	return dir
}
