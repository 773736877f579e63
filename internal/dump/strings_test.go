package dump_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// TestConditionsAreReadAsPgDumpReadsThem has an extension choose the rows of its
// table by a string with a backslash.
func TestConditionsAreReadAsPgDumpReadsThem(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{"on": "a_b\n", "off": "a_b\naxb\n"} {
		d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
		p := localenvtest.Postgres(t)
		require.NoError(t, p.Exec(t.Context(), r.Account.Database, `CREATE EXTENSION pg_trgm; CREATE TABLE conf (name text);
			INSERT INTO conf VALUES ('a_b'), ('axb'), ('other'); ALTER EXTENSION pg_trgm ADD TABLE conf;
			UPDATE pg_extension SET extconfig = ARRAY['conf'::regclass::oid], extcondition = ARRAY['WHERE name LIKE ''a\_b''']
				WHERE extname = 'pg_trgm'; ALTER DATABASE `+r.Account.Database+` SET standard_conforming_strings = `+setting))
		result, err := d.Stream(t.Context(), r, progress.NewMeter(time.Now, "dump"))
		require.NoError(t, err)
		require.Equal(t, dump.Parallel, result.Layout.Method)
		content, _, err := d.Container.Get(t.Context(), r.Blob, 1<<20)
		require.NoError(t, err)
		file := filepath.Join(t.TempDir(), "archive")
		require.NoError(t, os.WriteFile(file, content, 0o600))
		rows, err := exec.CommandContext(t.Context(), filepath.Join(p.BinDir, "pg_restore"), "--data-only", "--table=conf", "--file=-", file).Output()
		require.NoError(t, err)
		require.Contains(t, string(rows), "FROM stdin;\n"+want+`\.`)
	}
}
