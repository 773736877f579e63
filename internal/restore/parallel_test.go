package restore_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestARestoreOverConnectionsIsPgRestores(t *testing.T) {
	t.Parallel()
	from := source(t, "rich.sql")
	content := dumpFile(t, from, true)
	dump, _ := stored(t, content)
	r, job := target(t)
	loaded, m, err := load(t, r, job, dump)
	require.NoError(t, err)
	require.Empty(t, loaded.Ignored)
	require.NotZero(t, loaded.OID)
	same(t, from, job.Unpublished)
	s := m.Snapshot()
	require.Equal(t, s.Total, s.Bytes, "progress ends at what was expected")
	require.Less(t, s.Total, int64(len(content)))
	require.Equal(t, s.TablesTotal, s.Tables)
	require.EqualValues(t, 8, s.Tables)
}

// The archive is read once to find the offsets.
func TestAnArchiveThatDoesNotSayWhereItsDataIs(t *testing.T) {
	t.Parallel()
	from := source(t, "rich.sql")
	dump, _ := stored(t, dumpFile(t, from, false))
	r, job := target(t)
	_, m, err := load(t, r, job, dump)
	require.NoError(t, err)
	same(t, from, job.Unpublished)
	s := m.Snapshot()
	require.Equal(t, s.Total, s.Bytes)
	require.Equal(t, s.TablesTotal, s.Tables)

	cut := dump
	cut.Size -= 100
	require.NoError(t, r.Drop(t.Context(), job))
	_, _, err = load(t, r, job, cut)
	require.Equal(t, failure.VerificationFailed, failure.CodeOf(err), "%v", err)
	require.Error(t, localenvtest.Postgres(t).Exec(t.Context(), job.Unpublished, "SELECT"), "nothing is made of an archive that is cut off")
}

func TestARestoreOutlivesAnOutageOfTheStorage(t *testing.T) {
	t.Parallel()
	from := source(t, "rich.sql")
	dump, proxy := stored(t, dumpFile(t, from, true))
	r, job := target(t)
	job.Connections = 2
	proxy.FailNext(5, http.StatusServiceUnavailable, 0, func(r *http.Request) bool {
		return r.Method == http.MethodGet && r.Header.Get("x-ms-range") != "bytes=0-524287"
	})
	_, _, err := load(t, r, job, dump)
	require.NoError(t, err)
	require.Equal(t, contents(t, from), contents(t, job.Unpublished))
}

func TestARestoreBeginsAnew(t *testing.T) {
	t.Parallel()
	dump, _ := stored(t, dumpFile(t, source(t, "rich.sql"), true))
	r, job := target(t)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), job.Unpublished, "CREATE TABLE leftover ()"))
	_, _, err := load(t, r, job, dump)
	require.NoError(t, err)
	require.Error(t, localenvtest.Postgres(t).Exec(t.Context(), job.Unpublished, "TABLE leftover"))
}
