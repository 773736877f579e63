package e2e_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
)

// Impossible restores are refused before anything is created.
func TestRestoreOfBadInput(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, "CREATE TABLE orders AS SELECT generate_series(1, 10) AS id")
	point := w.backup(t, i)
	future := w.fromTheFuture(t, i, point)
	admin, target := w.administrator(t), "never_"+i.Database
	poor := w.env.Azure.KeyVault.SecretURL(i.secretName())
	empty := w.unprotected(t, "")
	w.apply(t, empty)

	database := func(instance, point, name, secret string) []string {
		return []string{"restore", instance, "--point", point, "--to-server", w.server(), "--to-database", name, "--secret", secret, "--wait"}
	}
	for name, c := range map[string]struct {
		refusal
		args []string
	}{
		"unknown point": {refusal{"UserErrorRecoveryPointNotFound", []string{"20200101T000000Z-00000000", i.Name}, "FindPoint"},
			database(i.Name, "20200101T000000Z-00000000", target, admin)},
		"no point at all": {refusal{"UserErrorRecoveryPointNotFound", []string{empty.Name}, "FindPoint"}, database(empty.Name, "", target, admin)},
		"unknown instance": {refusal{"UserErrorBackupInstanceNotFound", []string{"shop/nowhere"}, "FindPoint"},
			database("shop/nowhere", "", target, admin)},
		"target exists": {refusal{"UserErrorDatabaseNameAlreadyInUse", []string{i.Database, "localhost"}, "CheckTarget"},
			database(i.Name, point, i.Database, admin)},
		"target older": {refusal{"UserErrorRestoreToLowerVersion", []string{"99", "localhost"}, "CheckTarget"},
			database(i.Name, future, target, admin)},
		"no right to make databases": {refusal{"UserErrorMissingRestorePermissions", []string{"ALTER ROLE " + quote(i.user()) + " CREATEDB"}, "CheckTarget"},
			database(i.Name, point, target, poor)},
		"container missing": {refusal{"UserErrorContainerNotAccessible", []string{"not-there-" + i.Database}, "CheckContainer"},
			[]string{"restore", i.Name, "--to-container", w.env.Azurite.ContainerURL("not-there-" + i.Database), "--wait"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w.refused(t, c.refusal, c.args...)
		})
	}
	t.Cleanup(func() {
		// The parallel subtests have ended.
		for _, blob := range w.blobs(t, pointsOf(i)) {
			if strings.Contains(blob, "hold-") {
				t.Errorf("a hold is left: %s", blob)
			}
		}
		if err := w.env.Postgres.Exec(context.Background(), target, "SELECT 1"); err == nil {
			t.Errorf("database %s was made", target)
		}
	})
}

// Files are never overwritten: another file of the same name fails the restore.
func TestRestoreFilesOverOthers(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, "")
	w.backup(t, i)
	there := w.elsewhere(t)
	container := there.env.VaultURL
	there.put(t, "a/manifest.json", []byte("mine"), nil)
	w.refused(t, refusal{"UserErrorFileNameAlreadyInUse", []string{container, "a/manifest.json"}, "CopyFiles"},
		"restore", i.Name, "--to-container", container, "--prefix", "a/", "--wait")
	require.Equal(t, "mine", string(there.download(t.Context(), t, "a/manifest.json")))
}

// Files in a container that holds a vault would look like the vault's own.
// Nothing is written there, however the job is started.
func TestRestoreFilesIntoAVault(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, "")
	w.backup(t, i)
	other := w.elsewhere(t)
	other.put(t, "vault.json", []byte("{}"), nil)
	before := w.blobs(t, pointsOf(i))
	for _, container := range []string{w.env.VaultURL, w.env.VaultURL + "/", other.env.VaultURL} {
		args := []string{"restore", i.Name, "--to-container", container, "--prefix", pointsOf(i) + "20200101T000000Z-00000000/"}
		if refused := w.pgvault(t, args...); strings.HasSuffix(container, "/") {
			require.Equal(t, 2, refused.Code)
			continue
		} else {
			require.Equal(t, 1, refused.Code)
			require.Contains(t, refused.Stderr, "UserErrorTargetContainerIsVault: container "+container)
			require.Empty(t, refused.Stdout, "no job is started")
		}
		id := "by-hand-" + path.Base(container) + i.Database
		input := json.RawMessage(fmt.Sprintf(`{"instance":%q,"target":{"container":%q}}`, i.Name, container))
		_, err := w.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "pgvault"}, "Restore", input)
		require.NoError(t, err)
		require.ErrorContains(t, w.awaitEnd(t, id), container)
		require.Equal(t, "UserErrorTargetContainerIsVault", w.lastCode(t, id))
		steps := w.steps(t, id)
		require.Equal(t, "CheckContainer", steps[0].Name)
		require.EqualValues(t, 1, steps[0].Attempt)
		require.Len(t, steps, 2, "and the outcome is recorded")
	}
	require.Equal(t, before, w.blobs(t, pointsOf(i)))
	require.Equal(t, []string{"vault.json"}, other.blobs(t, ""))
}

// fromTheFuture copies a point to one that claims to come from PostgreSQL 99.
// Manifests are never changed, so a client of the tests makes the copy, and signs
// it.
func (w *world) fromTheFuture(t *testing.T, i instance, point string) string {
	t.Helper()
	future := strings.Replace(point, point[:8], "20200101", 1)
	m := w.manifest(t, i, point)
	for _, file := range [][2]string{{"dump", "blob"}, {"dump", "blocksBlob"}, {"roles", "blob"}, {"fingerprints", "blob"}} {
		blob := m.at(t, file[0]+"."+file[1])
		copied := strings.Replace(blob, point, future, 1)
		etag := w.put(t, copied, w.download(t.Context(), t, blob), nil)
		described := m[file[0]].(map[string]any)
		described[file[1]] = copied
		if file == [2]string{"dump", "blob"} {
			described["etag"] = etag
		}
	}
	m["pointID"] = future
	server := m["server"].(map[string]any)
	server["major"], server["version"] = json.Number("99"), "99.1"
	content, err := json.Marshal(m)
	require.NoError(t, err)
	w.put(t, pointsOf(i)+future+"/manifest.json", content, w.metadata(t, pointsOf(i)+point+"/manifest.json"))
	w.put(t, pointsOf(i)+future+"/manifest-"+hash(content)+".dsse.json", w.signedLike(t, pointsOf(i)+point, content), nil)
	return future
}

// signedLike returns a signed copy of a manifest, by the key that has signed
// another point's.
func (w *world) signedLike(t *testing.T, point string, content []byte) []byte {
	t.Helper()
	signed := w.document(t, point+"/manifest-"+hash(w.download(t.Context(), t, point+"/manifest.json"))+".dsse.json")
	kind, id := signed.at(t, "payloadType"), signed["signatures"].([]any)[0].(map[string]any)["keyid"].(string)
	digest := sha256.Sum256(fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(kind), kind, len(content), content))
	signature, err := w.env.Azure.KeyVault.Sign(id, digest[:])
	require.NoError(t, err)
	envelope, err := json.Marshal(map[string]any{"payloadType": kind, "payload": content, "signatures": []any{map[string]any{"keyid": id, "sig": signature}}})
	require.NoError(t, err)
	return envelope
}

// put stores a blob without the code under test and returns its ETag.
func (w *world) put(t *testing.T, name string, content []byte, metadata map[string]*string) string {
	t.Helper()
	stored, err := w.container(t).NewBlockBlobClient(name).Upload(t.Context(), nopCloser{bytes.NewReader(content)}, &blockblob.UploadOptions{Metadata: metadata})
	require.NoError(t, err)
	return fmt.Sprint(*stored.ETag)
}

func (w *world) metadata(t *testing.T, name string) map[string]*string {
	t.Helper()
	found, err := w.container(t).NewBlobClient(name).GetProperties(t.Context(), nil)
	require.NoError(t, err)
	return found.Metadata
}

type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }
