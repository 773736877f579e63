package trust_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTLS(t *testing.T) {
	t.Parallel()
	modes := []string{"disable", "require", "verify-ca", "verify-full"}
	for i, minimum := range modes {
		f := parse(t, "tls: {minimum: "+minimum+"}")
		require.NoError(t, f.TLS(""))
		for j, mode := range modes {
			if j >= i {
				require.NoError(t, f.TLS(mode), "%s and %s", minimum, mode)
			} else {
				requireRefused(t, f.TLS(mode), "%s and %s", minimum, mode)
			}
		}
		for _, mode := range []string{"allow", "prefer", "VERIFY-FULL", "verify-full ", "verify-full\x00"} {
			requireRefused(t, f.TLS(mode), mode)
		}
	}
}

// writeCertificate writes a file to a folder of its own and returns its path.
func writeCertificate(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, []byte("-----BEGIN CERTIFICATE-----\n"), 0o644))
	return file
}

func TestRootCertificate(t *testing.T) {
	t.Parallel()
	outside, folder := t.TempDir(), t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	write := func(file string, size int) string {
		require.NoError(t, os.WriteFile(file, make([]byte, size), 0o600))
		return file
	}
	link := func(target, name string) string {
		require.NoError(t, os.Symlink(target, in(name)))
		return in(name)
	}
	require.NoError(t, os.Mkdir(in("more"), 0o755))
	stranger := write(filepath.Join(outside, "shadow"), 10)
	link(outside, "outside")
	require.NoError(t, os.Mkdir(folder+"-2", 0o755))
	t.Cleanup(func() { os.RemoveAll(folder + "-2") })

	// Others may change a link in a folder elsewhere.
	entering := filepath.Join(outside, "entering.pem")
	require.NoError(t, os.Symlink(in("ca.pem"), entering))

	f := parse(t, `tls: {rootCertificates: "`+folder+`/"}`)
	for _, path := range []string{"", write(in("ca.pem"), 10), write(in("more/large.pem"), 1<<20), in("more/../ca.pem"), link("ca.pem", "linked.pem")} {
		require.NoError(t, f.RootCertificate(path), path)
	}
	for _, path := range []string{
		"ca.pem", "/", folder, folder + "/", in("."), in("more"), in("none.pem"), write(in("larger.pem"), 1<<20+1), stranger, entering, "/dev/null", "/etc/passwd",
		in("../" + filepath.Base(outside) + "/shadow"), link(stranger, "escaped.pem"), in("outside/shadow"), link("loop.pem", "loop.pem"),
		write(filepath.Join(folder+"-2", "ca.pem"), 10), in("ca.pem\x00"), "~/ca.pem", "system", "\x1b[31m", "/" + in("\x1b[31m"),
	} {
		requireRefused(t, f.RootCertificate(path), path)
	}
}
