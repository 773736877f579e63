package structure

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	module = "github.com/pgvault/pgvault/"
	// heading begins the last paragraph of each doc.go.
	heading = "Imports of this module: "
	// maxFolders is the largest number of directories directly under internal.
	maxFolders = 22
)

// goPackage is a package as described by `go list`.
type goPackage struct {
	ImportPath, Dir, Name string
	GoFiles, Imports      []string
}

// own returns the packages of this module that p imports, without the module's path.
func (p goPackage) own() []string {
	var own []string
	for _, path := range p.Imports {
		if name, ok := strings.CutPrefix(path, module); ok {
			own = append(own, name)
		}
	}
	slices.Sort(own)
	return own
}

func (p goPackage) name() string { return strings.TrimPrefix(p.ImportPath, module) }

func packages(t *testing.T) []goPackage {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,Name,GoFiles,Imports", "./...")
	command.Dir = root(t)
	out, err := command.Output()
	require.NoError(t, err)
	var all []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p goPackage
		require.NoError(t, decoder.Decode(&p))
		all = append(all, p)
	}
	require.Greater(t, len(all), 30)
	return all
}

func root(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../..")
	require.NoError(t, err)
	return path
}

func TestEachPackageListsItsImports(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		t.Run(p.name(), func(t *testing.T) {
			want := "none"
			if own := p.own(); len(own) > 0 {
				want = strings.Join(own, ", ")
			}
			require.Equal(t, want, listed(t, p), "the last paragraph of the package comment in doc.go begins %q", heading)
		})
	}
}

// listed returns the imports listed in a package's doc.go.
func listed(t *testing.T, p goPackage) string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, "doc.go"), nil, parser.ParseComments|parser.PackageClauseOnly)
	require.NoError(t, err, "each package has a doc.go")
	_, list, found := strings.Cut(strings.ReplaceAll(file.Doc.Text(), "\n", " "), heading)
	require.True(t, found, "%s/doc.go: the package comment has no paragraph that begins %q", p.name(), heading)
	return strings.TrimSuffix(strings.TrimSpace(list), ".")
}

func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	layers := []string{"internal/", "activities", "workflows", "starter", "worker"}
	layer := func(name string) int {
		if strings.HasPrefix(name, "internal/test/") {
			return len(layers)
		}
		return slices.IndexFunc(layers, func(l string) bool { return name == l || strings.HasPrefix(name, strings.TrimSuffix(l, "/")+"/") })
	}
	for _, p := range packages(t) {
		for _, imported := range p.own() {
			require.LessOrEqual(t, layer(imported), layer(p.name()), "%s imports %s", p.name(), imported)
		}
	}
}

func TestTheFoldersOfInternalFitOnAScreen(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(filepath.Join(root(t), "internal"))
	require.NoError(t, err)
	require.LessOrEqual(t, len(entries), maxFolders)
}
