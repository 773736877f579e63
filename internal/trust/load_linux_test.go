package trust_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/pgvault/pgvault/internal/trust"
)

// The worker's user owns the file here. If root runs the test, it becomes
// another user in a thread that ends with the test.
func TestTheWorkersUserMustNotBeAbleToWrite(t *testing.T) {
	t.Parallel()
	const nobody = 65534
	file := writeTrust(t, "notify: [a]\n")
	require.NoError(t, os.Chmod(file, 0o644))
	if os.Geteuid() == 0 {
		require.NoError(t, os.Chown(file, nobody, nobody))
		for folder := filepath.Dir(file); folder != os.TempDir(); folder = filepath.Dir(folder) {
			require.NoError(t, os.Chmod(folder, 0o755))
		}
		_, err := trust.Load(file)
		require.NoError(t, err, "root can write to every file")
	}
	load := func() error {
		result := make(chan error)
		go func() {
			runtime.LockOSThread() // never unlocked, so that the thread ends
			if os.Geteuid() == 0 {
				_, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, ^uintptr(0), nobody, ^uintptr(0))
				if errno != 0 {
					result <- errno
					return
				}
			}
			_, err := trust.Load(file)
			result <- err
		}()
		return <-result
	}
	require.ErrorContains(t, load(), "the worker's own user may write to it (mode 0644)")
	require.NoError(t, os.Chmod(file, 0o444))
	require.NoError(t, load())
}
