package structure

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// CONTRIBUTING.md has one table of the targets, with the texts of `make help`.
func TestTheTableOfTargetsIsThatOfMake(t *testing.T) {
	t.Parallel()
	targets := rows(t, "Makefile", `(?m)^([a-z-]+):.*## (.*)$`)
	require.Greater(t, len(targets), 15)
	require.Equal(t, targets, rows(t, "CONTRIBUTING.md", "(?m)^\\| `make ([a-z-]+)` \\| (.*) \\|$"))
}

// rows returns the two groups of a pattern's matches in a file of the root.
func rows(t *testing.T, file, pattern string) [][2]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root(t), file))
	require.NoError(t, err)
	var found [][2]string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(content), -1) {
		found = append(found, [2]string{match[1], match[2]})
	}
	return found
}
