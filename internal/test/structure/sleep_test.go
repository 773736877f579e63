package structure

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A test waits for events, and has no time limit that a busy machine may
// exceed. The linter finds time.Sleep; this test finds its substitutes.
func TestNoTestSleepsOrHasALimitOfTime(t *testing.T) {
	t.Parallel()
	var found []string
	positions := token.NewFileSet()
	for _, file := range goFiles(t, positions) {
		found = append(found, sleepsIn(positions, file)...)
	}
	require.Empty(t, found, "wait for what happens, and compare with what was measured")
}

func TestSleepsAreFound(t *testing.T) {
	t.Parallel()
	positions := token.NewFileSet()
	file, err := parser.ParseFile(positions, "x_test.go", `package x
		func TestX(t *testing.T) {
			<-time.After(time.Second)
			select { case <-done: case <-time.After(time.Minute): }
			require.Less(t, time.Since(began), time.Second)
			synctest.Test(t, func(t *testing.T) { require.Less(t, time.Since(began), time.Second) })
		}`, 0)
	require.NoError(t, err)
	require.Equal(t, []string{"x_test.go:3:4: a sleep", "x_test.go:5:4: a limit of time"}, sleepsIn(positions, file))
}

// sleepsIn returns the positions at which a file sleeps or limits how long
// something takes. Time in the bubble of a synctest is not the machine's.
func sleepsIn(positions *token.FileSet, file *ast.File) []string {
	var found []string
	var visit func(ast.Node) bool
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CommClause: // a case of a select waits for something else too
			for _, statement := range n.Body {
				ast.Inspect(statement, visit)
			}
			return false
		case *ast.ExprStmt:
			if received, ok := n.X.(*ast.UnaryExpr); ok && received.Op == token.ARROW && calls(received.X, "time", "After") {
				found = append(found, positions.Position(n.Pos()).String()+": a sleep")
			}
		case *ast.CallExpr:
			if calls(n, "synctest", "Test") {
				return false
			}
			if (calls(n, "require", "Less") || calls(n, "require", "LessOrEqual")) && len(n.Args) > 1 && calls(n.Args[1], "time", "Since") {
				found = append(found, positions.Position(n.Pos()).String()+": a limit of time")
			}
		}
		return true
	}
	ast.Inspect(file, visit)
	return found
}

// calls reports whether an expression calls a function of a package.
func calls(e ast.Expr, pkg, name string) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	selected, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of, ok := selected.X.(*ast.Ident)
	return ok && of.Name == pkg && selected.Sel.Name == name
}

// goFiles parses all Go files of the module.
func goFiles(t *testing.T, positions *token.FileSet) []*ast.File {
	t.Helper()
	var files []*ast.File
	require.NoError(t, filepath.WalkDir(root(t), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(positions, path, nil, 0)
		files = append(files, file)
		return err
	}))
	require.Greater(t, len(files), 300)
	return files
}
