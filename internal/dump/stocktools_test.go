package dump_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// TestStockToolsMakeTheSameFingerprints computes them as docs/FORMAT.md shows it.
func TestStockToolsMakeTheSameFingerprints(t *testing.T) {
	t.Parallel()
	d, r := nasty(t)
	result, err := d.Stream(t.Context(), r, progress.NewMeter(time.Now, "dump"))
	require.NoError(t, err)
	f := printsOf(t, d.Container, r.FingerprintsBlob, result.Fingerprints)
	python, err := localenv.XXHashPython(t.Context(), os.Stderr)
	require.NoError(t, err)
	compared := 0
	for _, table := range f.Tables {
		if table.Filtered { // its rows are no table of psql's
			continue
		}
		require.Equal(t, fmt.Sprintf("%d %s\n", table.Count, table.Sum), byStockTools(t, python, r.Account.Database, f.Settings, table), table.Name)
		compared++
	}
	require.Equal(t, 14, compared)
}

// byStockTools returns what fingerprint.py of docs/FORMAT.md says of a table.
func byStockTools(t *testing.T, python, database string, settings []fingerprint.Setting, table fingerprint.Table) string {
	t.Helper()
	p := localenvtest.Postgres(t)
	var script strings.Builder
	for _, s := range settings {
		script.WriteString("SET " + postgres.QuoteIdent(s.Name) + " = " + postgres.QuoteLiteral(s.Value) + ";\n")
	}
	columns := make([]string, len(table.Columns))
	for i, c := range table.Columns {
		columns[i] = postgres.QuoteIdent(string(c))
	}
	list := ""
	if len(columns) > 0 {
		list = " (" + strings.Join(columns, ", ") + ")"
	}
	script.WriteString("COPY " + postgres.QuoteIdent(string(table.Schema)) + "." + postgres.QuoteIdent(string(table.Name)) + list + " TO STDOUT;\n")
	psql := exec.CommandContext(t.Context(), filepath.Join(p.BinDir, "psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", p.URI(database, p.Superuser, p.Password).Reveal())
	psql.Env = append(os.Environ(), "PGSSLROOTCERT="+os.Getenv("SSL_CERT_FILE"))
	psql.Stdin = strings.NewReader(script.String())
	rows, err := psql.Output()
	require.NoError(t, err)
	program := exec.CommandContext(t.Context(), python, "-c", documented(t, "# fingerprint.py"))
	program.Stdin = bytes.NewReader(rows)
	out, err := program.Output()
	require.NoError(t, err)
	return string(out)
}

// documented returns the example of docs/FORMAT.md that begins with head.
func documented(t *testing.T, head string) string {
	t.Helper()
	document, err := os.ReadFile(filepath.Join("..", "..", "docs", "FORMAT.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(document), "\n"+head)
	require.True(t, found)
	example, _, found := strings.Cut(rest, "\n```")
	require.True(t, found)
	return head + example
}
