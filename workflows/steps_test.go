package workflows_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
)

// The names of steps are compared with the activities.
func TestStepsAreActivities(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, group := range []any{&activities.Backup{}, &activities.Restore{}, &activities.Prune{}, &activities.Delivery{}, &activities.Watch{}, &activities.Jobs{}} {
		for method := range reflect.TypeOf(group).Methods() {
			known[method.Name] = true
		}
	}
	file, err := parser.ParseFile(token.NewFileSet(), "../internal/jobs/steps.go", nil, 0)
	require.NoError(t, err)
	count := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			require.True(t, known[name], "no activity has the name %s", name)
			count++
		}
		return true
	})
	require.Greater(t, count, 20)
}
