package matrix_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

// script returns an archive as SQL, written by pg_restore.
func (s *setting) script(t *testing.T, file string) string {
	t.Helper()
	return s.run(t, nil, s.tools.Path(pgtools.Restore), "--file=-", file)
}

// psql runs a script and stops at the first error. A server before 17 does not
// know one setting in scripts of newer programs.
func (s *setting) psql(t *testing.T, database, script string) {
	t.Helper()
	if !pgtools.JobsWork(s.tools.Major, s.server) {
		script = strings.Replace(script, "SET transaction_timeout = 0;\n", "", 1)
	}
	s.run(t, []byte(script), s.tools.Path("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname="+database)
}

// restrictKey matches the random key with which newer programs restrict psql.
var restrictKey = regexp.MustCompile(`(?m)^\\(un)?restrict \w+$`)

// requireSameLines compares scripts that are too long to print.
func requireSameLines(t *testing.T, want, got string) {
	t.Helper()
	if want, got = restrictKey.ReplaceAllString(want, ""), restrictKey.ReplaceAllString(got, ""); want == got {
		return
	}
	wanted, found := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(wanted), len(found)) {
		require.Equal(t, shortened(wanted[i]), shortened(found[i]), "line %d", i+1)
		require.True(t, wanted[i] == found[i], "line %d, after %q", i+1, shortened(found[i]))
	}
	require.Len(t, found, len(wanted))
}

func shortened(line string) string { return line[:min(len(line), 200)] }
