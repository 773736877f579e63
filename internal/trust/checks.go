package trust

import (
	"fmt"
	"os"
	"path/filepath"
)

// Checks returns the content of a file of checks. name is its path below the file's
// folder of them. The content is refused unless it is a regular file of at most 1 MiB
// in that folder or below. A symbolic link must not lead out of the folder.
func (f File) Checks(name string) ([]byte, error) {
	if !filepath.IsLocal(name) {
		return nil, unusable(fmt.Errorf("the checks %s are not in a file below the folder of checks", shown(name)),
			"give a path relative to that folder, like orders-checks.yaml")
	}
	if f.checks == "" {
		return nil, f.refuse("checks: /etc/pgvault/checks", "the checks %s, since it names no folder of checks", shown(name))
	}
	text, err := readBelow(f.checks, name)
	if err != nil {
		return nil, unusable(fmt.Errorf("the checks %s: %w", shown(name), cause(err)), "put a regular file of at most 1 MiB into "+f.checks)
	}
	return text, nil
}

// readBelow reads a regular file in a folder or below. A symbolic link out of the folder
// is refused, also one that appears meanwhile.
func readBelow(folder, name string) ([]byte, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	return readWith(name, root.Stat, root.Open)
}
