package structure

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A line of a worker's log is an event of internal/temporalx/events, whose list is
// documented. So no other code passes a message to a logger.
func TestEachLineOfTheLogIsAnEvent(t *testing.T) {
	t.Parallel()
	positions := token.NewFileSet()
	looked := 0
	for _, file := range sources(t, positions) {
		looked++
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			message, literal := call.Args[0].(*ast.BasicLit)
			if ok && literal && message.Kind == token.STRING && slices.Contains([]string{"Debug", "Info", "Warn", "Error"}, method.Sel.Name) {
				require.Fail(t, "log an event of internal/temporalx/events", "%s logs %s", positions.Position(call.Pos()), message.Value)
			}
			return true
		})
	}
	require.Greater(t, looked, 50)
}

// sources returns the files of the worker that are no tests.
func sources(t *testing.T, positions *token.FileSet) []*ast.File {
	t.Helper()
	var found []*ast.File
	for _, file := range goFiles(t, positions) {
		name, err := filepath.Rel(root(t), positions.Position(file.Pos()).Filename)
		require.NoError(t, err)
		folder := filepath.Dir(name)
		logs := folder == "internal/temporalx" || !strings.HasPrefix(folder, "internal") && !strings.HasPrefix(folder, "starter")
		if logs && !strings.HasSuffix(name, "_test.go") {
			found = append(found, file)
		}
	}
	return found
}
