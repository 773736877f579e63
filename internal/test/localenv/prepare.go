package localenv

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// temporalModule is the last release that `go install` accepts: later ones have
// replace directives.
const temporalModule = "github.com/temporalio/cli/cmd/temporal@v1.5.1"

// Prepare finds or installs what the parts need and logs what it does.
// PostgreSQL and Node come from apt if this process is root, Azurite from npm,
// and the Temporal dev server from PATH or, once, from its source. Several
// processes may call it concurrently.
func Prepare(ctx context.Context, log io.Writer) error {
	if _, err := preparePostgres(ctx, log); err != nil {
		return err
	}
	if _, err := prepareAzurite(ctx, log); err != nil {
		return err
	}
	_, err := prepareTemporal(ctx, log)
	return err
}

// PrepareTests finds or installs what the tests need besides the parts: a C
// compiler, for the race detector, the tools by which docs/FORMAT.md checks
// signatures, Prometheus, and a mail server.
func PrepareTests(ctx context.Context, log io.Writer) error {
	for _, tool := range []struct {
		what, program string
		packages      []string
	}{
		{"a C compiler", cmp.Or(os.Getenv("CC"), "gcc"), []string{"gcc", "libc6-dev"}},
		{"jq", "jq", []string{"jq"}},
		{"OpenSSL", "openssl", []string{"openssl"}},
		{"Prometheus", "promtool", []string{"prometheus"}},
	} {
		_, err := prepare(ctx, func(string) string { return onPath(tool.program) }, func(string) error {
			return aptInstall(ctx, log, tool.what, tool.packages...)
		})
		if err != nil {
			return err
		}
	}
	return prepareMailServer(ctx, log)
}

// onPath returns the path of a program, or "" if it is missing.
func onPath(program string) string {
	path, err := exec.LookPath(program)
	if err != nil {
		return ""
	}
	return path
}

// preparePostgres returns the directory of the server's programs.
func preparePostgres(ctx context.Context, log io.Writer) (string, error) {
	return prepare(ctx, postgresBin, func(string) error {
		return aptInstall(ctx, log, "PostgreSQL's server", "postgresql", "postgresql-client", "postgresql-contrib")
	})
}

// prepareTemporal returns the path of the temporal program.
func prepareTemporal(ctx context.Context, log io.Writer) (string, error) {
	find := func(cache string) string {
		if path, err := exec.LookPath("temporal"); err == nil {
			return path
		}
		path := filepath.Join(cache, "bin", "temporal")
		if _, err := os.Stat(path); err != nil {
			return ""
		}
		return path
	}
	return prepare(ctx, find, func(cache string) error {
		fmt.Fprintln(log, "building the Temporal dev server, once (4 to 9 minutes on two cores)…")
		cmd := exec.CommandContext(ctx, "go", "install", "-ldflags=-s -w", temporalModule)
		cmd.Dir = cache
		cmd.Env = append(os.Environ(), "GOBIN="+filepath.Join(cache, "bin"), "GOFLAGS=")
		return runTool(cmd, "build the Temporal dev server")
	})
}

// PgBackRest finds or installs pgBackRest, for the benchmark, and returns the
// path of its program.
func PgBackRest(ctx context.Context, log io.Writer) (string, error) {
	find := func(string) string { return onPath("pgbackrest") }
	return prepare(ctx, find, func(string) error { return aptInstall(ctx, log, "pgBackRest", "pgbackrest") })
}

// prepare finds something, or installs it under the cache's lock if it is
// missing. find returns "" if it is missing.
func prepare(ctx context.Context, find func(cache string) string, install func(cache string) error) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	if path := find(cache); path != "" {
		return path, nil
	}
	unlock, err := lockCache(ctx, cache)
	if err != nil {
		return "", err
	}
	defer unlock()
	if path := find(cache); path != "" { // another process was faster
		return path, nil
	}
	if err := install(cache); err != nil {
		return "", err
	}
	path := find(cache)
	if path == "" {
		return "", errors.New("the installation succeeded, yet what it should have installed is not there")
	}
	return path, nil
}

// postgresBin returns the directory of the newest PostgreSQL server's programs.
func postgresBin(string) string {
	best, bestMajor := "", -1
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"} {
		dirs, _ := filepath.Glob(pattern)
		for _, dir := range dirs {
			if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
				continue
			}
			var major int
			name := filepath.Base(filepath.Dir(dir))
			_, _ = fmt.Sscanf(strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyz-@"), "%d", &major)
			if major > bestMajor {
				best, bestMajor = dir, major
			}
		}
	}
	if best != "" {
		return best
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	return ""
}

// aptInstall installs Debian packages if permitted, and else returns an error
// that says what to type.
func aptInstall(ctx context.Context, log io.Writer, what string, packages ...string) error {
	line := "apt-get install --yes --no-install-recommends " + strings.Join(packages, " ")
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return fmt.Errorf("%s is not installed; on Debian: sudo %s", what, line)
	}
	fmt.Fprintln(log, "installing "+what+": "+line)
	script := line + " || { apt-get update && " + line + "; }" // the package lists may be missing or old
	cmd := exec.CommandContext(ctx, "sh", "-c", script)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	return runTool(cmd, "install "+what)
}

// runTool runs an installer and shows its output only if it fails.
func runTool(cmd *exec.Cmd, doing string) error {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", doing, err, bytes.TrimSpace(out.Bytes()))
	}
	return nil
}
