package pgtools

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
)

// Tool is one of PostgreSQL's programs.
type Tool string

// The programs that backups and restores use.
const (
	Dump    Tool = "pg_dump"
	Restore Tool = "pg_restore"
	DumpAll Tool = "pg_dumpall"
)

// Installation is a directory with all of the programs in one version.
type Installation struct {
	Dir     string
	Major   int
	Version string
}

// Path returns the path of a program.
func (i Installation) Path(t Tool) string { return filepath.Join(i.Dir, string(t)) }

// usualDirs are the directories in which packages install the programs.
var usualDirs = []string{
	"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*", "/opt/homebrew/opt/*postgresql*/bin", "/usr/local/pgsql*/bin",
}

// Discover returns the installations in dirs, which may be patterns, and asks
// the programs for their version. Without dirs it searches the usual
// directories and PATH. It skips directories that lack a program.
func Discover(ctx context.Context, dirs []string) ([]Installation, error) {
	if len(dirs) == 0 {
		dirs = append(slices.Clone(usualDirs), filepath.SplitList(os.Getenv("PATH"))...)
	}
	var found []Installation
	for _, pattern := range dirs {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			return nil, failure.Wrap(err, failure.InvalidConfiguration, "", "the directory pattern %q for PostgreSQL's programs is malformed", pattern)
		}
		for _, dir := range matches {
			if !complete(dir) || slices.ContainsFunc(found, func(i Installation) bool { return sameDir(i.Dir, dir) }) {
				continue
			}
			installation, err := installationIn(ctx, dir)
			if ctx.Err() != nil {
				return nil, fmt.Errorf("look for pg_dump: %w", context.Cause(ctx))
			}
			if err == nil {
				found = append(found, installation)
			}
		}
	}
	return found, nil
}

// complete reports whether a directory has all programs. Debian's wrappers in
// /usr/bin do not count: other files decide which version they start.
func complete(dir string) bool {
	for _, tool := range []Tool{Dump, Restore, DumpAll} {
		file, err := filepath.EvalSymlinks(filepath.Join(dir, string(tool)))
		if err != nil || filepath.Base(file) == "pg_wrapper" {
			return false
		}
		info, err := os.Stat(file)
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

func sameDir(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

var versionPattern = regexp.MustCompile(`^pg_dump \(PostgreSQL\) ((\d+)(?:\.\d+|[a-z]+\d*)*)`)

func installationIn(ctx context.Context, dir string) (Installation, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(dir, string(Dump)), "--version")
	cmd.Env = inherited()
	out, err := cmd.Output()
	if err != nil {
		return Installation{}, fmt.Errorf("ask pg_dump in %s for its version: %w", dir, err)
	}
	match := versionPattern.FindSubmatch(out)
	if match == nil {
		return Installation{}, fmt.Errorf("ask pg_dump in %s for its version: unknown answer", dir)
	}
	major, err := strconv.Atoi(string(match[2]))
	if err != nil {
		return Installation{}, fmt.Errorf("ask pg_dump in %s for its version: %w", dir, err)
	}
	return Installation{Dir: dir, Major: major, Version: string(match[1])}, nil
}

// Choose returns the installation for a server: the newest of the server's
// major version, or else of the next higher version. pg_dump rejects servers
// newer than itself.
func Choose(list []Installation, serverMajor int) (Installation, error) {
	usable := slices.DeleteFunc(slices.Clone(list), func(i Installation) bool { return i.Major < serverMajor })
	if len(usable) == 0 {
		return Installation{}, failure.New(failure.BackupToolNotFound,
			fmt.Sprintf("Install the client programs of PostgreSQL %d or newer on every worker (Debian: apt-get install postgresql-client-%d; other directories: PGVAULT_PG_BIN).", serverMajor, serverMajor),
			"the server runs PostgreSQL %d, and this worker has %s", serverMajor, describe(list))
	}
	return slices.MinFunc(usable, func(a, b Installation) int {
		return cmp.Or(cmp.Compare(a.Major, b.Major), compareVersions(b.Version, a.Version))
	}), nil
}

func describe(list []Installation) string {
	if len(list) == 0 {
		return "no pg_dump, pg_restore and pg_dumpall"
	}
	versions := make([]string, len(list))
	for i, installation := range list {
		versions[i] = fmt.Sprintf("%s in %s", installation.Version, installation.Dir)
	}
	return "only pg_dump " + strings.Join(versions, ", ")
}

// compareVersions compares the minor numbers. A beta sorts before a release.
func compareVersions(a, b string) int { return cmp.Compare(minor(a), minor(b)) }

func minor(version string) int {
	_, text, ok := strings.Cut(version, ".")
	if !ok {
		return -1
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}
