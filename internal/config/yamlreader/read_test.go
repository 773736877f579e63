package yamlreader_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/ast"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/config/yamlreader"
	"github.com/pgvault/pgvault/internal/failure"
)

// The parser would take minutes for these.
func TestTextsThatNestTooDeeplyAreRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"brackets": "a:\n  " + strings.Repeat("[", 1<<20),
		"braces":   "a:\n  " + strings.Repeat("{a: ", 1<<18),
		"lines":    "a:\n" + strings.Repeat("[\n", 1<<18),
		"items":    "a:\n" + strings.Repeat("- ", 1<<18) + "x",
		"keys":     "a:\n" + strings.Repeat("? ", 1<<18) + "x",
		"tags":     "a:\n  " + strings.Repeat("!a ", 1<<18) + "x",
	} {
		err := yamlreader.Read([]byte(text), "shorten it", func(*yamlreader.Reader, ast.Node) { t.Error("read") })
		require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err), name)
		require.Regexp(t, `line (2|102), column 1: the line is too long, or nested too deeply`, err.Error(), name)
	}
}

func TestEveryMistakeIsNamed(t *testing.T) {
	t.Parallel()
	var count int
	var on bool
	err := yamlreader.Read([]byte("count: many\nonn: true\n"), "see the example", func(r *yamlreader.Reader, body ast.Node) {
		r.Object(body, nil, "",
			yamlreader.Required("count", r.Integer(&count, 1, 9)),
			yamlreader.Optional("on", r.Boolean(&on)),
			yamlreader.Required("name", r.Text(new(string), func(text string) error { return fmt.Errorf("%s is bad", text) })),
		)
	})
	var f *failure.Error
	require.ErrorAs(t, err, &f)
	require.Len(t, f.Findings, 3)
	require.Equal(t, "see the example", f.Action)
	require.Equal(t, `line 1, column 1: name: missing; add "name:"
line 1, column 8: count: expected a number, found "many"
line 2, column 1: onn: unknown field; did you mean "on"?`, f.Message)
}

func TestADocumentWithoutMistakes(t *testing.T) {
	t.Parallel()
	var count int
	require.NoError(t, yamlreader.Read([]byte("count: &n 3\n"), "", func(r *yamlreader.Reader, body ast.Node) {
		r.Object(body, nil, "", yamlreader.Required("count", r.Integer(&count, 1, 9)))
	}))
	require.Equal(t, 3, count)
}
