package document

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Page is a page in docs.
type Page struct{ text string }

// Section is a part of a page under a heading of the second level.
type Section struct {
	Title string
	Steps []Step
}

// Step is a block of commands, and the block of their output that follows it.
type Step struct {
	// Commands are for sh.
	Commands string
	// Output is empty if the page shows none.
	Output string
}

// Read returns a page of docs by its name, such as "FORMAT.md".
func Read(t testing.TB, name string) Page {
	t.Helper()
	folder, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			break
		}
		require.NotEqual(t, folder, filepath.Dir(folder), "no go.mod above the test")
		folder = filepath.Dir(folder)
	}
	text, err := os.ReadFile(filepath.Join(folder, "docs", name))
	require.NoError(t, err)
	return Page{text: string(text)}
}

// Script returns the script that the page says to save under a name.
func (p Page) Script(t testing.TB, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(p.text, "as `"+name+"`")
	require.True(t, found, "the page has no script %s", name)
	blocks := fenced.FindStringSubmatch(rest)
	require.NotNil(t, blocks, "no block follows the name of %s", name)
	return blocks[2]
}

// fenced is a block of commands or of their output.
var fenced = regexp.MustCompile("(?ms)^```(sh|text)\n(.*?)^```$")

// Introduction returns the steps before the first section.
func (p Page) Introduction() []Step {
	introduction, _, _ := strings.Cut("\n"+p.text, "\n## ")
	return steps(introduction)
}

// Sections returns the sections in the order of the page.
func (p Page) Sections() (all []Section) {
	for n, part := range strings.Split("\n"+p.text, "\n## ") {
		if n == 0 {
			continue // what precedes the first heading
		}
		title, body, _ := strings.Cut(part, "\n")
		all = append(all, Section{Title: title, Steps: steps(body)})
	}
	return all
}

func steps(text string) (all []Step) {
	for _, block := range fenced.FindAllStringSubmatch(text, -1) {
		if block[1] == "sh" {
			all = append(all, Step{Commands: block[2]})
		} else if len(all) > 0 {
			all[len(all)-1].Output = block[2]
		}
	}
	return all
}
