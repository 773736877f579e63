package trust_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/pgvault/pgvault/internal/failure"
)

func TestChecks(t *testing.T) {
	t.Parallel()
	outside, folder := t.TempDir(), t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	write := func(file, text string) {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	require.NoError(t, os.Mkdir(in("more"), 0o755))
	write(in("orders.yaml"), "orders")
	write(in("more/shop.yaml"), "shop")
	write(in("largest.yaml"), string(make([]byte, 1<<20)))
	write(in("larger.yaml"), string(make([]byte, 1<<20+1)))
	write(filepath.Join(outside, "secret.yaml"), "c4n4ry")
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret.yaml"), in("escaped.yaml")))
	require.NoError(t, os.Symlink(outside, in("outside")))
	require.NoError(t, os.Symlink("orders.yaml", in("linked.yaml")))
	require.NoError(t, unix.Mkfifo(in("pipe.yaml"), 0o600))

	f := parse(t, `checks: "`+folder+`/"`)
	for name, want := range map[string]string{"orders.yaml": "orders", "more/shop.yaml": "shop", "linked.yaml": "orders", "largest.yaml": string(make([]byte, 1<<20))} {
		text, err := f.Checks(name)
		require.NoError(t, err, name)
		require.Equal(t, want, string(text), name)
	}
	for _, name := range []string{
		"", ".", "..", "/", "more", "none.yaml", "larger.yaml", "escaped.yaml", "outside/secret.yaml", "pipe.yaml", "orders.yaml\x00", "\x1b[31m",
		in("orders.yaml"), "../" + filepath.Base(folder) + "/orders.yaml", "../" + filepath.Base(outside) + "/secret.yaml", "more/../../x.yaml",
	} {
		text, err := f.Checks(name)
		requireRefused(t, err, "%q", name)
		require.Empty(t, text)
	}
}

func TestWithoutAFolderThereAreNoChecks(t *testing.T) {
	t.Parallel()
	_, err := parse(t, "notify: [a]").Checks("orders-checks.yaml")
	requireRefused(t, err)
	var refusal *failure.Error
	require.ErrorAs(t, err, &refusal)
	require.Contains(t, refusal.Message, `"orders-checks.yaml"`)
	require.Contains(t, refusal.Action, "\nchecks: /etc/pgvault/checks")
}
