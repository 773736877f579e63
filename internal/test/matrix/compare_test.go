package matrix_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore"
)

// compare compares a loaded database with the dump's fingerprints.
func (s *setting) compare(t *testing.T, r restore.Restorer, job restore.Job, stored restore.Dump) {
	t.Helper()
	compared, err := r.CompareRows(t.Context(), job, stored, restore.Fingerprints{Name: "fingerprints", Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(s.prints)), nil
	}}, progress.NewMeter(time.Now, "compare"))
	require.NoError(t, err)
	require.Empty(t, compared.Differences)
	require.Positive(t, compared.Tables)
	for _, left := range compared.NotProven {
		require.Regexp(t, "^(materialized view|foreign table) ", left)
	}
}

// A dump has the same fingerprints on any later server.
func TestFingerprintsOnALaterServer(t *testing.T) {
	t.Parallel()
	all := combinations(t)
	last := all[0]
	for _, c := range all {
		if c.server > last.server {
			last = c
		}
	}
	for _, c := range all {
		t.Run(c.String(), func(t *testing.T) {
			s, later := newSetting(t, c), newSetting(t, last)
			s.source(t, "UTF8", everything)
			_, stored, result := s.dump(t, "gzip")
			later.database = s.database
			database := later.newDatabase(t, "UTF8")
			r := restore.Restorer{Source: later.signIn(), Tools: []pgtools.Installation{s.tools, later.tools}, Memory: memory.NewBudget(1 << 30)}
			facts := result.Database
			facts.Settings, facts.ACL, facts.ACLIsDefault = nil, nil, true
			job := restore.Job{
				Account: later.account(database + "_published"), Unpublished: database, Facts: facts,
				SourceMajor: s.server, ToolMajor: s.tools.Major, Owners: true, Grants: true,
			}
			_, err := r.Load(t.Context(), job, stored, progress.NewMeter(time.Now, "restore"))
			require.NoError(t, err)
			s.compare(t, r, job, stored)
			definitions, err := r.CompareDefinitions(t.Context(), job, stored, progress.NewMeter(time.Now, "compare"))
			require.NoError(t, err)
			require.Empty(t, definitions.Differences)
			if s.server != later.server {
				require.Len(t, definitions.NotProven, 1)
			}
		})
	}
}
