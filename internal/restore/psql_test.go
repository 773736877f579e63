package restore_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// A backslash at the beginning of a line is a command to psql, and \! runs a
// program. Whoever can write blobs can put such lines into an archive and into a
// roles file.
func TestCommandsOfPsqlRunNothing(t *testing.T) {
	t.Parallel()
	ran := filepath.Join(t.TempDir(), "ran")
	command := `\! touch ` + ran + " #"

	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	comment := strings.Repeat("x", 200)
	require.NoError(t, p.Exec(t.Context(), database, "CREATE TABLE a AS SELECT 1 AS i; COMMENT ON TABLE a IS '"+comment+"'"))
	statement := []byte(`COMMENT ON TABLE "public"."a" IS '` + comment + `';`)
	archive := dumpFile(t, database, true)
	require.Equal(t, 1, bytes.Count(archive, statement))
	forged := append([]byte(command), bytes.Repeat([]byte("x"), len(statement)-len(command))...)
	dump, _ := stored(t, bytes.Replace(archive, statement, forged, 1))
	r, job := target(t)
	_, _, err := load(t, r, job, dump)
	require.Equal(t, failure.RestoreStatement, failure.CodeOf(err), "%v", err)

	role, _ := localenvtest.User(t)
	_, _, err = r.Roles(t.Context(), job, []byte(command+"\nALTER ROLE "+role+" SET work_mem TO '7MB';\n"))
	require.NoError(t, err)
	require.NoFileExists(t, ran)
}
