package activities

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/jobs"
)

func TestEveryActivityChecksItsInput(t *testing.T) {
	t.Parallel()
	for _, role := range []any{&Backup{}, &Restore{}, &Prune{}, &Delivery{}, &Watch{}, &Jobs{}} {
		methods := reflect.TypeOf(role)
		for i := range methods.NumMethod() {
			m := methods.Method(i)
			require.Equal(t, reflect.TypeFor[context.Context](), m.Type.In(1), m.Name)
			for n := 2; n < m.Type.NumIn(); n++ {
				arg := m.Type.In(n)
				require.True(t, arg.Implements(reflect.TypeFor[input]()) || arg == reflect.TypeFor[jobs.Record]() || arg == reflect.TypeFor[jobs.NotifyInput](), "%s takes %s, which has no check", m.Name, arg)
			}
		}
	}
}

// TestStepsUseNoSettingWithoutItsDefault: a definition in the vault may lack
// any of them.
func TestStepsUseNoSettingWithoutItsDefault(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		if !strings.HasSuffix(name, "_test.go") {
			require.NotRegexp(t, `\.Dump\.(StallTimeout|LockTimeout|SnapshotLimit|Connections|Compression)`, string(text), name)
		}
	}
}
