package pgtools_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

// programs creates a directory with programs that report a version.
func programs(t *testing.T, version string, tools ...pgtools.Tool) string {
	t.Helper()
	dir := t.TempDir()
	if len(tools) == 0 {
		tools = []pgtools.Tool{pgtools.Dump, pgtools.Restore, pgtools.DumpAll}
	}
	for _, tool := range tools {
		script := fmt.Sprintf("#!/bin/sh\necho '%s (PostgreSQL) %s'\n", tool, version)
		require.NoError(t, os.WriteFile(filepath.Join(dir, string(tool)), []byte(script), 0o755))
	}
	return dir
}

func TestDiscover(t *testing.T) {
	t.Parallel()
	release := programs(t, "14.22 (Debian 14.22-1.pgdg12+1)")
	beta := programs(t, "19beta2")
	incomplete := programs(t, "16.1", pgtools.Dump)
	strange := programs(t, "unknown")
	wrapper := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(wrapper, "pg_wrapper"), []byte("#!/bin/sh\necho 'pg_dump (PostgreSQL) 13.1'\n"), 0o755))
	for _, tool := range []pgtools.Tool{pgtools.Dump, pgtools.Restore, pgtools.DumpAll} {
		require.NoError(t, os.Symlink("pg_wrapper", filepath.Join(wrapper, string(tool))))
	}
	found, err := pgtools.Discover(t.Context(), []string{release, beta, incomplete, strange, wrapper, "/nonexistent", filepath.Dir(release) + "/*"})
	require.NoError(t, err)
	require.Equal(t, pgtools.Installation{Dir: release, Major: 14, Version: "14.22"}, found[0])
	require.Equal(t, pgtools.Installation{Dir: beta, Major: 19, Version: "19beta2"}, found[1])
	require.Len(t, found, 2, "a directory counts once, and only with all its programs")
	require.Equal(t, filepath.Join(release, "pg_dump"), found[0].Path(pgtools.Dump))
}

func TestDiscoverFindsThePackages(t *testing.T) {
	t.Parallel()
	want := installation(t)
	found, err := pgtools.Discover(t.Context(), nil)
	require.NoError(t, err)
	require.Contains(t, found, want)
}

func TestChoose(t *testing.T) {
	t.Parallel()
	list := func(versions ...string) []pgtools.Installation {
		var all []pgtools.Installation
		for _, v := range versions {
			i := pgtools.Installation{Dir: "/" + v, Version: v}
			_, err := fmt.Sscanf(v, "%d", &i.Major)
			require.NoError(t, err)
			all = append(all, i)
		}
		return all
	}
	for name, c := range map[string]struct {
		have   []pgtools.Installation
		server int
		want   string
	}{
		"the same major":                {list("14.1", "15.2", "16.3"), 15, "15.2"},
		"the newest of the same major":  {list("15.2", "15.18", "15.9"), 15, "15.18"},
		"a release rather than a beta":  {list("18beta1", "18.0"), 18, "18.0"},
		"else the next newer":           {list("18.1", "14.1", "16.3", "17.0"), 15, "16.3"},
		"no older one":                  {list("14.1", "13.2"), 15, ""},
		"none at all":                   {nil, 15, ""},
		"a beta is better than nothing": {list("17.1", "18beta1"), 18, "18beta1"},
	} {
		got, err := pgtools.Choose(c.have, c.server)
		if c.want == "" {
			require.Equal(t, failure.BackupToolNotFound, failure.CodeOf(err), name)
			require.Contains(t, err.Error(), fmt.Sprintf("postgresql-client-%d", c.server), name)
			for _, i := range c.have {
				require.Contains(t, err.Error(), i.Version, name)
			}
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, c.want, got.Version, name)
	}
}
