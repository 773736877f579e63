package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/starter/cli"
)

func TestPolicySimulateShowsWhatScrubsRead(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/simulate.yaml")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "pgvault.yaml")
	with := strings.Replace(string(data), "vault:\n", "vault:\n  scrub: {every: 2m, bytesPerRun: 100GiB}\n", 1)
	require.NoError(t, os.WriteFile(file, []byte(with), 0o600))
	var c command
	require.Zero(t, c.run(t.Context(), "policy", "simulate", "-f", file, "--from", "2026-01-01", "--size", "80GiB", "--growth", "20", "--years", "3"), c.errs.String())
	golden(t, "simulate-scrub.txt", c.out.String())
}

func TestTheResultOfAScrub(t *testing.T) {
	t.Parallel()
	golden(t, "scrub.txt", cli.Scrubbed(jobs.ScrubResult{
		Readings: jobs.Readings{Good: 12, Bytes: 40 << 30, Archived: 1, ArchivedPoints: []string{"shop/orders 20261124T020000Z-1f2e3d4c"}},
		Coverage: scrub.Coverage{
			Points: 200, Bytes: 1 << 40, ReadPoints: 150, ReadBytes: 1 << 39, Never: 3, Oldest: time.Date(2025, 3, 1, 2, 0, 0, 0, time.UTC),
		},
	})+cli.Scrubbed(jobs.ScrubResult{}))
}
