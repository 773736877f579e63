package dump_test

import (
	"context"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

// dumping returns a dumper into a container and a request for a new database.
func dumping(t *testing.T, containerURL string, o azureblob.Options) (dump.Dumper, dump.Request) {
	t.Helper()
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), database, "CREATE TABLE busy AS SELECT i FROM generate_series(1, 1000) i"))
	container, err := azureblob.Open(containerURL, localenvtest.Azurite(t).Credential(), o)
	require.NoError(t, err)
	tools, err := pgtools.Discover(t.Context(), nil)
	require.NoError(t, err)
	d := dump.Dumper{Source: signintest.Given{Secret: p.URI(database, p.Superuser, p.Password)}, Container: container, Tools: tools, MemoryBudget: 16 << 20, Memory: memory.NewBudget(1 << 30)}
	return d, dump.Request{
		Account: signin.Account{
			Server: instance.Server{Host: p.Host, Port: p.Port, TLS: instance.TLS{Mode: instance.TLSVerifyFull}}, Database: database,
			SignIn: instance.SignIn{KeyVaultSecret: "https://vault.example/secrets/administrator"},
		},
		Blob: "dump-1.dump", BlocksBlob: "blocks-1.txt", FingerprintsBlob: "fingerprints-1.json", StallTimeout: time.Minute, LockTimeout: time.Minute, Connections: 3,
	}
}

// dumpingThrough is like dumping with a new container behind a proxy.
func dumpingThrough(t *testing.T, o azureblob.Options) (*localenv.Proxy, dump.Dumper, dump.Request) {
	t.Helper()
	url := localenvtest.Container(t)
	proxy, err := localenv.StartProxy(localenvtest.Azurite(t).URL, localenvtest.CA(t))
	require.NoError(t, err)
	t.Cleanup(proxy.Stop)
	d, r := dumping(t, proxy.URL+"/"+path.Base(url), o)
	return proxy, d, r
}

func names(t *testing.T, c *blobstore.Container) (names []string) {
	t.Helper()
	for blob, err := range c.List(t.Context(), "") {
		require.NoError(t, err)
		names = append(names, blob.Name)
	}
	return names
}

func TestStreamCommitsWhatPgDumpWrote(t *testing.T) {
	t.Parallel()
	d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
	result, err := d.Stream(t.Context(), r, progress.NewMeter(time.Now, "dump"))
	require.NoError(t, err)
	require.Equal(t, []string{"blocks-1.txt", "dump-1.dump", "fingerprints-1.json"}, names(t, d.Container))
	archive, _, err := d.Container.Get(t.Context(), r.Blob, 1<<20)
	require.NoError(t, err)
	require.Len(t, archive, int(result.Blob.Size))
	require.True(t, strings.HasPrefix(string(archive), "PGDMP"), "pg_dump's own archive and nothing before it")
	require.Equal(t, r.Account.Database, result.Database.Name)
	require.Equal(t, "1", result.Reference.Version)
}

func TestWatchdogEndsADumpThatStalls(t *testing.T) {
	t.Parallel()
	d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
	r.StallTimeout = 2 * time.Second
	locker, err := localenvtest.Postgres(t).Connect(t.Context(), r.Account.Database)
	require.NoError(t, err)
	defer locker.Close(context.Background())
	_, err = locker.Exec(t.Context(), "BEGIN; LOCK TABLE busy IN ACCESS EXCLUSIVE MODE")
	require.NoError(t, err)
	_, err = d.Stream(t.Context(), r, progress.NewMeter(time.Now, "dump"))
	require.Equal(t, failure.TransferStalled, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "no byte has moved")
	require.True(t, failure.TransferStalled.Retryable())
	require.Empty(t, names(t, d.Container))
	var waiting int
	require.Eventually(t, func() bool {
		err := locker.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'pgvault'", r.Account.Database).Scan(&waiting)
		return err == nil && waiting == 0
	}, time.Minute, 20*time.Millisecond, "pg_dump stays behind in the lock's queue")
}

func TestLongOutageEndsTheAttempt(t *testing.T) {
	t.Parallel()
	proxy, d, r := dumpingThrough(t, azureblob.Options{OutageLimit: 2 * time.Second})
	proxy.FailNext(-1, http.StatusServiceUnavailable, 0, func(r *http.Request) bool { return r.URL.Query().Get("comp") == "block" })
	_, err := d.Stream(t.Context(), r, progress.NewMeter(time.Now, "dump"))
	require.Equal(t, failure.StorageUnavailable, failure.CodeOf(err), "%v", err)
	require.True(t, failure.StorageUnavailable.Retryable())
	require.Empty(t, names(t, d.Container))
}

// A failed cleanup after a failed commit must not replace the reason of the
// failure, nor make it permanent.
func TestAFailedCommitKeepsItsReason(t *testing.T) {
	t.Parallel()
	proxy, d, r := dumpingThrough(t, azureblob.Options{})
	proxy.Answer(-1, func(r *http.Request) bool {
		return r.URL.Query().Get("comp") == "blocklist" && strings.Contains(r.URL.Path, "dump-1")
	}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-ms-error-code", "InvalidBlockList")
		w.WriteHeader(http.StatusBadRequest)
	})
	proxy.Forbid(func(r *http.Request) bool { return r.Method == http.MethodDelete })
	_, err := d.Stream(t.Context(), r, progress.NewMeter(time.Now, "dump"))
	require.ErrorContains(t, err, "commit the dump")
	require.ErrorContains(t, err, "InvalidBlockList")
	require.ErrorContains(t, err, "left behind")
	require.True(t, failure.CodeOf(err).Retryable(), "%v", err)
	require.Equal(t, []string{r.BlocksBlob, r.FingerprintsBlob}, names(t, d.Container))
}
