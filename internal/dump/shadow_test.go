package dump_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestNothingOfTheDatabaseRunsInADump(t *testing.T) {
	t.Parallel()
	d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
	p := localenvtest.Postgres(t)
	owner, _ := localenvtest.User(t)
	require.NoError(t, p.Exec(t.Context(), r.Account.Database, `CREATE TABLE wide AS SELECT n, repeat('x', 500) FROM generate_series(1, 40000) n;
		SELECT lo_from_bytea(0, 'short'), lo_from_bytea(0, decode(repeat('ab', 3000000), 'hex'))`))
	localenvtest.Shadow(t, r.Account.Database)
	// A role without the right to read; pg_dump would set it too.
	require.NoError(t, p.Exec(t.Context(), "postgres", "ALTER DATABASE "+r.Account.Database+" SET role = "+owner))
	result, err := d.Stream(t.Context(), r, progress.NewMeter(time.Now, "dump"))
	require.NoError(t, err)
	require.Equal(t, dump.Parallel, result.Layout.Method)

	d, r = pooled(t, d, r)
	r.Blob, r.BlocksBlob, r.FingerprintsBlob = "dump-2.dump", "blocks-2.txt", "fingerprints-2.json"
	result, err = d.Stream(t.Context(), r, progress.NewMeter(time.Now, "dump"))
	require.NoError(t, err)
	require.Equal(t, dump.SingleStream, result.Layout.Method)
	require.False(t, localenvtest.ShadowUsed(t, r.Account.Database))
}
