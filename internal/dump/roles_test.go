package dump

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/secret"
)

// No test server has 64 MiB of roles, so a program with endless output replaces
// pg_dumpall.
func TestMoreRolesThanThereIsRoomFor(t *testing.T) {
	t.Parallel()
	endless := pgtools.Installation{Major: 15, Dir: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(endless.Dir, "pg_dumpall"), []byte("#!/bin/sh\nexec yes 'CREATE ROLE somebody;'\n"), 0o700))
	target := postgres.Target{Host: "db", Port: 5432, Database: "orders", User: "u"}
	target.Password = func(context.Context) (secret.String, error) { return secret.New("p"), nil }
	_, _, err := readRoles(t.Context(), pgtools.Command{Path: endless.Path(pgtools.DumpAll), Target: target})
	require.Equal(t, failure.DumpRefused, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "64.0 MiB")
}
