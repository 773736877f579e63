package e2e_test

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestBackendKilledInMidDump(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	i := w.protected(t, bulk(32))
	p := w.startWorker(t, smallBuffers)
	held, release := hold(t, proxy, stagedAfter(i, 1))
	id := w.start(t, "backup", i.Name)
	await(t, held, p)
	w.terminate(t, i.Database)
	release()
	require.NoError(t, w.awaitEnd(t, id))
	w.onePoint(t, i)
	dump := done(t, w.history(t, i.workID()), "Dump")
	require.EqualValues(t, 2, dump.number)
	require.Equal(t, "ServerConnectionClosed", codeOf(dump.lastFailure))
}

// triedOften matches a card's line of a step that has tried for some seconds to
// reach the storage.
var triedOften = regexp.MustCompile(`waiting since .* UTC to .*, attempt ([6-9]|[1-9][0-9]+) failed`)

func TestStorageStoppedInMidUpload(t *testing.T) {
	t.Parallel()
	env := localenvtest.Env(t)
	var err error
	env.Azurite, err = localenv.StartAzurite(t.Context(), localenv.AzuriteOptions{CA: env.CA})
	require.NoError(t, err)
	t.Cleanup(env.Azurite.Stop)
	env.VaultURL, err = env.Azurite.CreateContainer(t.Context(), "vault")
	require.NoError(t, err)
	w := newWorldIn(t, env, nil)
	i := w.protected(t, bulk(48))
	w.startWorker(t, smallBuffers)
	id := w.start(t, "backup", i.Name)
	eventually(t, func() bool { return w.staging(t, i) }, "no block is staged")
	env.Azurite.Halt()
	require.Equal(t, "Dump", w.pending(t, i.workID()).GetActivityType().GetName())
	eventually(t, func() bool { return triedOften.MatchString(w.card(t, i.workID())) }, "the card does not say that the dump waits for the storage")
	require.NoError(t, env.Azurite.Start(t.Context()))
	require.NoError(t, w.awaitEnd(t, id))
	w.onePoint(t, i)
	require.EqualValues(t, 1, done(t, w.history(t, i.workID()), "Dump").number, "the outage is ridden out within the attempt")
}

func TestKeyVaultThrottlesAndFails(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, "CREATE TABLE t (i int)")
	// More failures than the SDK retries.
	w.env.Azure.KeyVault.FailNext(i.secretName(), 100, http.StatusTooManyRequests, time.Second)
	id := w.start(t, "backup", i.Name)
	w.awaitRetry(t, i.workID(), "FetchSecret", "SecretStoreUnavailable")
	w.env.Azure.KeyVault.FailNext(i.secretName(), 2, http.StatusServiceUnavailable, time.Second)
	require.NoError(t, w.awaitEnd(t, id))
	w.onePoint(t, i)
}

// The sessions are lost, and their password is no longer valid: the dump starts
// again with the new one.
func TestSecretRotatedInMidDump(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	i := w.protected(t, bulk(32))
	p := w.startWorker(t, smallBuffers)
	held, release := hold(t, proxy, stagedAfter(i, 1))
	id := w.start(t, "backup", i.Name)
	await(t, held, p)
	rotated := password()
	w.exec(t, "postgres", "ALTER ROLE "+i.user()+" PASSWORD '"+rotated.Reveal()+"'")
	before := w.env.Azure.KeyVault.Version(i.secretName())
	w.env.Azure.KeyVault.SetSecret(i.secretName(), w.env.Postgres.URI(i.Database, i.user(), rotated))
	w.terminate(t, i.Database)
	release()
	require.NoError(t, w.awaitEnd(t, id))
	point := w.onePoint(t, i)
	after := w.env.Azure.KeyVault.Version(i.secretName())
	require.NotEqual(t, before, after)
	require.Equal(t, after, w.manifest(t, i, point).at(t, "signIn.secretVersion"), "the manifest names the version that the dump was made with")
}

// The worker is killed during a dump, a verification and a restore. Another
// worker completes each.
func TestWorkerKilledInMidJob(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	first := w.startWorker(t, smallBuffers)
	dumped, verified, restored := w.protected(t, bulk(32)), w.protected(t, bulk(24)), w.protected(t, bulk(8))
	point := w.backup(t, restored)

	dumping, letDump := hold(t, proxy, stagedAfter(dumped, 1))
	// Two requests are answered, of at most 8 MiB each.
	reads := &reads{}
	verifying, letVerify := hold(t, proxy, func(r *http.Request) bool {
		_, ok := reads.note(r, verified)
		return ok && reads.count() > 2
	})
	restoring, letRestore := holdBody(t, w, proxy, restored, 1<<20)

	copied := restored.Database + "_copy"
	w.dropLater(t, copied)
	w.exec(t, "postgres", "CREATE DATABASE "+quote("pgvault_restore_"+restored.Database))
	w.dropLater(t, "pgvault_restore_"+restored.Database)
	dumpJob, verifyJob := w.start(t, "backup", dumped.Name), w.start(t, "backup", verified.Name)
	restoreJob := w.start(t, "restore", restored.Name, "--to-server", w.server(), "--to-database", copied, "--secret", w.administrator(t))
	await(t, dumping, first)
	await(t, verifying, first)
	await(t, restoring, first)
	eventually(t, func() bool { return w.checkpoint(t, verified).Bytes > 8<<20 }, "no heartbeat holds what two requests have read")
	half := w.unpublished(t, restoreJob)
	eventually(t, func() bool { return len(w.sessions(t, half)) == 1 }, "no session loads data")
	require.NotEmpty(t, w.sessions(t, dumped.Database))
	require.Len(t, w.holds(t, restored, point), 1, "a point that is being restored is held")

	first.kill(t)
	w.noProcess(t, dumped.Database)
	w.noProcess(t, half)
	w.startWorker(t, smallBuffers)
	letDump()
	letVerify()
	letRestore()

	require.NoError(t, w.awaitEnd(t, dumpJob))
	w.onePoint(t, dumped)
	w.heartbeatLost(t, dumped.workID(), "Dump")
	require.NoError(t, w.awaitEnd(t, verifyJob))
	w.onePoint(t, verified)
	w.heartbeatLost(t, verified.workID(), "Verify")
	require.Equal(t, 1, reads.from(0), "verification does not begin again at the first block")
	require.NoError(t, w.awaitEnd(t, restoreJob))
	w.heartbeatLost(t, restoreJob, "RestoreDatabase")
	require.Equal(t, "8192", w.query(t, copied, "SELECT count(*)::text FROM bulk"))
	require.Empty(t, w.holds(t, restored, point))
	require.NotContains(t, w.databasesLike(t, "pgvault_restore_"), half)
	require.Contains(t, w.databasesLike(t, "pgvault_restore_"), "pgvault_restore_"+restored.Database, "a restore drops only its own database")
}
