package structure

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	// link is the target of a Markdown link, without its anchor.
	link = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)
	// named matches a path of this module in code type.
	named = regexp.MustCompile("`((?:internal|activities|workflows|starter|worker|docs)/[\\w./-]+)`")
	// test matches the name of a test.
	test = regexp.MustCompile(`\bTest[A-Z]\w+`)
)

// documents returns the Markdown files of this module, by path.
func documents(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		files, err := filepath.Glob(filepath.Join(root(t), pattern))
		require.NoError(t, err)
		for _, file := range files {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			found[file] = string(content)
		}
	}
	require.Greater(t, len(found), 10)
	return found
}

func TestLinksOfDocumentsLeadToFiles(t *testing.T) {
	t.Parallel()
	for file, content := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(content, -1) {
			if !strings.Contains(m[1], ":") {
				require.FileExists(t, filepath.Join(filepath.Dir(file), m[1]), "a link in %s", file)
			}
		}
	}
}

func TestPathsInDocumentsExist(t *testing.T) {
	t.Parallel()
	for file, content := range documents(t) {
		for _, m := range named.FindAllStringSubmatch(content, -1) {
			_, err := os.Stat(filepath.Join(root(t), m[1]))
			require.NoError(t, err, "a path in %s", file)
		}
	}
}

func TestTestsInDocumentsExist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	err := filepath.WalkDir(root(t), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		content, err := os.ReadFile(path)
		for _, name := range test.FindAllString(string(content), -1) {
			known[name] = true
		}
		return err
	})
	require.NoError(t, err)
	for file, content := range documents(t) {
		for _, name := range test.FindAllString(content, -1) {
			require.True(t, known[name], "%s names %s, which is no test", file, name)
		}
	}
}
