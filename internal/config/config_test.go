package config_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/failure"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Each testdata/*.yaml has the result of Parse beside it: *.json, or *.err for
// a file with mistakes.
func TestParse(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	files = append(files, "../../docs/pgvault.example.yaml")
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			base := filepath.Join("testdata", strings.TrimSuffix(filepath.Base(file), ".yaml"))
			parsed, err := config.Parse(data)
			if err != nil {
				checkMistakes(t, base+".err", err)
				return
			}
			got, err := json.MarshalIndent(parsed, "", "  ")
			require.NoError(t, err)
			golden(t, base+".json", string(got)+"\n")
		})
	}
}

func checkMistakes(t *testing.T, file string, err error) {
	t.Helper()
	var f *failure.Error
	require.True(t, errors.As(err, &f))
	require.Equal(t, failure.InvalidConfiguration, f.Code)
	require.NotEmpty(t, f.Action)
	require.NotEmpty(t, f.Findings)
	golden(t, file, f.Message+"\n")
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
