package dump_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// A program that writes something else, and more than is read, replaces
// pg_dump.
func TestASchemaThatCannotBeRead(t *testing.T) {
	t.Parallel()
	zeros := string(make([]byte, 11*5))
	for name, c := range map[string]struct {
		output, then string
		code         failure.Code
		message      []string
	}{
		"too many objects": {"PGDMP\x01\x0e\x00\x04\x08\x01" + zeros + "\x00\xff\xff\xff\x7f", "exec yes", failure.DumpRefused,
			[]string{"has too many objects for one dump", "table of contents is too large", "Divide the database"}},
		"something else": {"Welcome to backup-01!\n", "exec yes", failure.Internal,
			[]string{"from pg_dump 15", "the archive is damaged: it does not begin with PGDMP"}},
		"an archive of the future": {"PGDMP\x01\x63\x00\x04\x08\x01", "exec yes", failure.BackupToolNotFound,
			[]string{"writes archives that this pgvault does not know", "1.99-0", "Install the client programs of PostgreSQL 15"}},
		"an end in the middle": {"PGDMP\x01\x0e\x00\x04", "echo 'pg_dump: error: server closed the connection unexpectedly' >&2; exit 1", failure.ServerConnectionClosed,
			[]string{"closed the connection"}},
		"an end that is said to be good": {"PGDMP\x01\x0e\x00\x04", "exit 0", failure.Internal, []string{"the archive is damaged: it is cut off"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "output"), []byte(c.output), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(dir, string(pgtools.Dump)), []byte("#!/bin/sh\nPATH=/usr/bin:/bin\ncat "+dir+"/output\n"+c.then+"\n"), 0o700))
			d.Tools = []pgtools.Installation{{Dir: dir, Major: d.Tools[0].Major, Version: d.Tools[0].Version}}
			_, err := d.Stream(t.Context(), r, progress.NewMeter(time.Now, "dump"))
			require.Equal(t, c.code, failure.CodeOf(err), "%v", err)
			for _, part := range c.message {
				require.ErrorContains(t, err, part)
			}
			if c.code == failure.DumpRefused {
				require.False(t, c.code.Retryable())
				require.ErrorContains(t, err, r.Account.Database)
				require.ErrorContains(t, err, r.Account.Server.Host)
			}
			require.Empty(t, names(t, d.Container))
		})
	}
}
