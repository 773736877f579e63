package restore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/signin"
)

func TestWhatAVersionHasNoPlaceFor(t *testing.T) {
	t.Parallel()
	mule := restore.Job{Facts: postgres.DatabaseFacts{Encoding: "MULE_INTERNAL"}}
	broken := restore.Job{Account: signin.Account{Database: "two\nlines"}}
	statistics := restore.Job{Statistics: true, ToolMajor: 18}
	older := restore.Job{Statistics: true, ToolMajor: 17}
	for _, c := range []struct {
		job    restore.Job
		major  int
		wanted string
	}{
		{mule, 18, ""},
		{mule, 19, "MULE_INTERNAL"},
		{broken, 18, ""},
		{broken, 19, "line break"},
		{statistics, 17, "from version 18 on"},
		{statistics, 18, ""},
		{older, 18, "pg_dump 17"},
		{restore.Job{}, 19, ""},
	} {
		err := restore.Fits(c.job, c.major)
		if c.wanted == "" {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, failure.TargetNotSupported, failure.CodeOf(err), "%v", err)
		require.ErrorContains(t, err, c.wanted)
	}
}

// PostgreSQL 19 dumps extended statistics as entries of their own.
func TestStatisticsComeAfterTheirObjects(t *testing.T) {
	t.Parallel()
	toc := &archive.TOC{Entries: []archive.Entry{
		{DumpID: 1, Desc: "TABLE", Section: archive.SectionPreData},
		{DumpID: 2, Desc: "STATISTICS", Section: archive.SectionPostData},
		{DumpID: 3, Desc: "STATISTICS DATA", Section: archive.SectionPostData},
		{DumpID: 4, Desc: "EXTENDED STATISTICS DATA", Section: archive.SectionPostData},
	}}
	require.Equal(t, []int{3, 4}, restore.ViewSteps(toc))
}
