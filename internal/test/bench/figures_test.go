package bench_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/bench"
)

func TestMedianOfPairs(t *testing.T) {
	t.Parallel()
	list := bench.FiguresOf("two-tables", "backup_over_floor", 1.5, 1.2, 9, 1.1, 1.3004)
	require.Equal(t, []bench.Figure{{Case: "two-tables", Name: "backup_over_floor", Median: 1.3, Min: 1.1, Max: 9, Bar: "<=1.3"}}, list)

	list = bench.FiguresOf("wide-json", "zstd_pipe_over_backup", 1, 2)
	require.Equal(t, []bench.Figure{{Case: "wide-json", Name: "zstd_pipe_over_backup", Median: 1.5, Min: 1, Max: 2}}, list, "between the two, and nothing is asked of this case")
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bar    string
		median float64
		want   string
	}{
		{">=2", 2, "reached"},
		{">=2", 2.5, "reached"},
		{">=2", 1.5, "misses by 25 %"},
		{"<=1.3", 1.3, "reached"},
		{"<=1.3", 1.56, "misses by 20 %"},
		{">=1.3", 1.295, "misses by 0.4 %"},
		{"<=1000", 1000.001, "misses by 0.1 %"},
		{"", 7, ""},
	} {
		got, err := bench.Verdict(bench.Figure{Case: "a", Name: "b", Median: c.median, Bar: c.bar})
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%v against %q", c.median, c.bar)
	}
	for _, bar := range []string{"2", ">2", ">=x", "<=0"} {
		_, err := bench.Verdict(bench.Figure{Bar: bar})
		require.ErrorContains(t, err, "is no bar")
	}
}

func TestEveryBarCanBeRead(t *testing.T) {
	t.Parallel()
	for shape, named := range bench.Bars {
		for name, bar := range named {
			_, err := bench.Verdict(bench.Figure{Case: shape, Name: name, Median: 1, Bar: bar})
			require.NoError(t, err)
		}
	}
}

func TestTableInADocument(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "doc.md")
	old, err := bench.Markdown([]bench.Figure{{Case: "old", Name: "a", Median: 1, Min: 1, Max: 1}, {Case: "old", Name: "b"}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte("# Title\n\n"+old+"\nWhat comes after.\n| another | table |\n"), 0o600))

	require.NoError(t, bench.WriteMarkdown(file, []bench.Figure{
		{Case: "two-tables", Name: "backup_over_floor", Median: 1.517, Min: 1.4, Max: 2, Bar: "<=1.3"},
		{Case: "wide-json", Name: "pipe_over_restore", Median: 1, Min: 0.9, Max: 1.25},
	}))
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, `# Title

| case | figure | median | min | max | bar | |
| --- | --- | --- | --- | --- | --- | --- |
| two-tables | `+"`backup_over_floor`"+` | 1.517 | 1.4 | 2 | <=1.3 | misses by 17 % |
| wide-json | `+"`pipe_over_restore`"+` | 1 | 0.9 | 1.25 | | |

What comes after.
| another | table |
`, string(content))

	require.NoError(t, os.WriteFile(file, []byte("nothing"), 0o600))
	require.ErrorContains(t, bench.WriteMarkdown(file, nil), "has no table of figures")
}

func TestFiguresAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "figures.json")
	list := []bench.Figure{{Case: "two-tables", Name: "backup_over_floor", Median: 1.517, Min: 1.4, Max: 2, Bar: "<=1.3"}}
	require.NoError(t, bench.Write(file, list))
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.JSONEq(t, `[{"case":"two-tables","name":"backup_over_floor","median":1.517,"min":1.4,"max":2,"bar":"<=1.3"}]`, string(content))
	require.Contains(t, string(content), "<=1.3", "as people read it")
	read, err := bench.Read(file)
	require.NoError(t, err)
	require.Equal(t, list, read)
}

// The document is generated from the figures.
func TestDocumentShowsTheFiguresOfTheLastRun(t *testing.T) {
	t.Parallel()
	list, err := bench.Read("../../../docs/performance.json")
	require.NoError(t, err)
	table, err := bench.Markdown(list)
	require.NoError(t, err)
	document, err := os.ReadFile("../../../docs/PERFORMANCE.md")
	require.NoError(t, err)
	require.True(t, strings.Contains(string(document), table+"\n"),
		"go run ./internal/test/bench/cmd/bench -from docs/performance.json -document docs/PERFORMANCE.md")
}
