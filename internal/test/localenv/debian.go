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

// debianSuites maps a major version to the Debian release that has it. None has
// version 16.
var debianSuites = map[int]string{15: "bookworm", 17: "trixie", 18: "forky"}

// ClientTools returns the directory of client programs of a major version that
// this machine's Debian release does not have. They are installed with all
// their libraries in a directory of their own and run with their own loader.
// apt verifies their origin with the keys that this machine trusts.
func ClientTools(ctx context.Context, log io.Writer, major int) (dir string, err error) {
	return unpacked(ctx, log, "postgresql-client", major, "pg_dump", "pg_dumpall", "pg_restore", "psql")
}

// DebianServer returns the directory of a server's programs in Debian's build,
// as most users have it, for measurements. Its libraries are included. jit is
// left out, which would take more space than everything else.
func DebianServer(ctx context.Context, log io.Writer, major int) (dir string, err error) {
	return unpacked(ctx, log, "postgresql", major, "initdb", "postgres")
}

// unpacked returns the directory of a package's programs, of which it runs the
// named ones.
func unpacked(ctx context.Context, log io.Writer, kind string, major int, programs ...string) (dir string, err error) {
	name, version := fmt.Sprintf("%s-%d", kind, major), fmt.Sprintf("root/usr/lib/postgresql/%d", major)
	suite, ok := debianSuites[major]
	if !ok {
		return "", fmt.Errorf("no release of Debian has %s for this machine", name)
	}
	find := func(cache string) string { return existing(filepath.Join(cache, "debian-"+name, version, "bin")) }
	return prepare(ctx, find, func(cache string) error {
		fmt.Fprintf(log, "fetching %s, from Debian %s…\n", name, suite)
		return newDir(filepath.Join(cache, "debian-"+name), func(temp string) error {
			if err := fetchPackage(ctx, temp, suite, name); err != nil {
				return err
			}
			return wrap(filepath.Join(temp, version), programs)
		})
	})
}

// fetchPackage lets apt find and verify a package with all dependencies, as on
// a machine without installed packages, and unpacks them into root below temp.
func fetchPackage(ctx context.Context, temp, suite, name string) error {
	options, err := separateApt(ctx, temp, suite)
	if err != nil {
		return err
	}
	update := exec.CommandContext(ctx, "apt-get", append(options, "--quiet", "update")...)
	if err := runTool(update, "read the package lists of Debian "+suite); err != nil {
		return err
	}
	download := exec.CommandContext(ctx, "apt-get", append(options, "--quiet", "--yes", "--no-install-recommends", "--download-only", "install", name)...)
	if err := runTool(download, "fetch "+name); err != nil {
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
	if err := mergeLib(filepath.Join(temp, "root")); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(filepath.Join(temp, "cache")), os.RemoveAll(filepath.Join(temp, "state")))
}

// separateApt returns the options of an apt with its files below temp that
// knows one release and no installed package.
func separateApt(ctx context.Context, temp, suite string) (options []string, err error) {
	mirror, err := debianMirror(ctx)
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{"state/lists/partial", "cache/archives/partial", "none", "root"} {
		if err := os.MkdirAll(filepath.Join(temp, dir), 0o755); err != nil {
			return nil, fmt.Errorf("make a directory for apt: %w", err)
		}
	}
	files := map[string]string{
		"status":       "",
		"sources.list": fmt.Sprintf("deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n", mirror, suite),
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(temp, name), []byte(content), 0o644); err != nil {
			return nil, fmt.Errorf("write apt's settings: %w", err)
		}
	}
	return []string{
		"-o", "Dir::Etc::SourceList=" + temp + "/sources.list", "-o", "Dir::Etc::SourceParts=" + temp + "/none",
		"-o", "Dir::Etc::Preferences=" + temp + "/status", "-o", "Dir::Etc::PreferencesParts=" + temp + "/none",
		"-o", "Dir::State=" + temp + "/state", "-o", "Dir::State::status=" + temp + "/status", "-o", "Dir::Cache=" + temp + "/cache",
		"-o", "APT::Sandbox::User=" + strconv.Itoa(os.Geteuid()),
	}, nil
}

// mergeLib moves the files in /lib to /usr/lib, as on current systems. Up to
// bookworm, packages have files in both.
func mergeLib(root string) error {
	lib := filepath.Join(root, "lib")
	if existing(lib) == "" {
		return nil
	}
	if err := runTool(exec.Command("cp", "--archive", lib+"/.", filepath.Join(root, "usr", "lib")), "merge /lib into /usr/lib"); err != nil {
		return err
	}
	if err := os.RemoveAll(lib); err != nil {
		return fmt.Errorf("remove /lib: %w", err)
	}
	return nil
}

// debianMirror returns the mirror of this machine's packages.
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
