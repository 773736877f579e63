package bench_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/bench"
)

func TestTimeOfATreeOfProcesses(t *testing.T) {
	t.Parallel()
	// 10 and 11 are the server's; 12 is a grandchild, and 20 belongs to another
	// process. The name of 11 looks like fields.
	proc := t.TempDir()
	for pid, line := range map[string]string{
		"10": "10 (postgres) S 1 10 10 0 -1 4194560 1 2 3 4 150 50 1000 200 20 0 1 0 5",
		"11": "11 (a) R 9 (b) S 10 11 11 0 -1 4194560 1 2 3 4 30 20 0 0 20 0 1 0 5",
		"12": "12 (sh) S 11 11 11 0 -1 4194560 1 2 3 4 7 7 0 0 20 0 1 0 5",
		"20": "20 (other) S 1 11 11 0 -1 4194560 1 2 3 4 900 900 0 0 20 0 1 0 5",
	} {
		require.NoError(t, os.MkdirAll(filepath.Join(proc, pid), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(proc, pid, "stat"), []byte(line), 0o600))
	}
	require.NoError(t, os.MkdirAll(filepath.Join(proc, "13"), 0o700), "a process that ended while it was looked at")

	sum, err := bench.TreeTime(proc, 10)
	require.NoError(t, err)
	require.Equal(t, 14500*time.Millisecond, sum, "its own 2 s, 12 s of children that have ended, and 0.5 s of the one that runs")

	_, err = bench.TreeTime(proc, 99)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestProcessThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"", "10 (postgres) S 1", "10 (postgres) S x 10 10 0 -1 4194560 1 2 3 4 150 50 1000 200 20"} {
		_, err := bench.ParseProcess(line)
		require.Error(t, err, line)
	}
}

func TestTimeOfAChildCounts(t *testing.T) {
	t.Parallel()
	shell := exec.Command("sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done")
	parent := exec.Command("sh", "-c", `"$@" & wait; read line`, "sh", shell.Path, "-c", shell.Args[2])
	input, err := parent.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	t.Cleanup(func() {
		_ = input.Close()
		_ = parent.Wait()
	})
	require.Eventually(t, func() bool {
		sum, err := bench.TreeTime("/proc", parent.Process.Pid)
		return err == nil && sum >= 50*time.Millisecond
	}, time.Minute, 20*time.Millisecond)
}

func TestTimeOfTheMachine(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "stat")
	require.NoError(t, os.WriteFile(file, []byte("cpu  100 20 30 4000 500 6 7 8 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n"), 0o600))
	sum, err := bench.MachineTime(file)
	require.NoError(t, err)
	require.Equal(t, 1710*time.Millisecond, sum, "neither idle nor waiting for the disk")

	require.NoError(t, os.WriteFile(file, []byte("intr 1 2 3"), 0o600))
	_, err = bench.MachineTime(file)
	require.Error(t, err)
}
