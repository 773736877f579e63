package attack_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

// pinned is a key in the trust file.
type pinned struct {
	id  string
	pem []byte
	// validity is the rest of the key's line.
	validity string
}

// longSince is the validity of a key that signs now.
const longSince = "from: 2020-01-01"

func pin(t *testing.T, key localenv.Key, validity string) pinned {
	t.Helper()
	text, err := key.PEM()
	require.NoError(t, err)
	return pinned{key.ID, text, validity}
}

func pinSigner(t *testing.T, s statementtest.Signer, validity string) pinned {
	t.Helper()
	return pinned{s.ID, s.PEM(t), validity}
}

// requires has the workers that start from now on require signatures by keys.
// more are further lines of the block.
func (a *target) requires(t *testing.T, keys []pinned, more ...string) {
	t.Helper()
	a.trusts = func(folder string) string {
		lines := []string{"signatures:", "  required: true", "  manifests:"}
		for i, k := range keys {
			file := fmt.Sprintf("key-%d.pem", i)
			require.NoError(t, os.WriteFile(filepath.Join(folder, file), k.pem, 0o444))
			lines = append(lines, fmt.Sprintf("    - {id: %q, publicKey: %s, %s}", k.id, file, k.validity))
		}
		return strings.Join(append(lines, more...), "\n") + "\n"
	}
}

// newKey adds a version of the vault's key to the Key Vault.
func (a *target) newKey(t *testing.T) localenv.Key {
	t.Helper()
	key, err := a.env.Azure.KeyVault.CreateKey(a.namespace)
	require.NoError(t, err)
	return key
}

// numbers has the instance's database hold a table of n rows.
func (a *target) numbers(t *testing.T, n int) {
	t.Helper()
	require.NoError(t, a.env.Postgres.Exec(t.Context(), a.instance.Database,
		fmt.Sprintf("DROP TABLE IF EXISTS numbers; CREATE TABLE numbers AS SELECT generate_series(1, %d) AS n", n)))
}

// point backs an instance up and returns the manifest of its new point.
func (a *target) point(t *testing.T, instance string) manifest.Manifest {
	t.Helper()
	require.NoError(t, a.run(t, unique("backup/"+instance), jobs.TaskQueue, jobs.TypeBackup, jobs.BackupInput{Instance: instance}))
	return a.latest(t, instance)
}

func (a *target) latest(t *testing.T, instance string) manifest.Manifest {
	t.Helper()
	latest, err := a.vault.Latest(t.Context(), instance)
	require.NoError(t, err)
	m, err := a.vault.GetManifest(t.Context(), instance, latest.ID)
	require.NoError(t, err)
	return m
}

// points returns the number of an instance's points.
func (a *target) points(t *testing.T, instance string) int {
	t.Helper()
	points, err := a.vault.ListPoints(t.Context(), instance)
	require.NoError(t, err)
	n := 0
	for _, p := range points {
		if p.Committed {
			n++
		}
	}
	return n
}

func unique(id string) string { return fmt.Sprintf("%s/%d", id, sequence.Add(1)) }

// folder returns the prefix of the names of a point's blobs.
func folder(instance, point string) string { return "instances/" + instance + "/points/" + point + "/" }

func folderOf(m manifest.Manifest) string { return folder(m.Instance, m.PointID) }

// stored is a blob with its content.
type stored struct {
	blobstore.Blob
	content []byte
}

func (a *target) read(t *testing.T, prefix string) (all []stored) {
	t.Helper()
	for blob, err := range a.container.List(t.Context(), prefix) {
		require.NoError(t, err)
		content, found, err := a.container.Get(t.Context(), blob.Name, 64<<20)
		require.NoError(t, err)
		all = append(all, stored{found, content})
	}
	return all
}

func (a *target) put(t *testing.T, name string, content []byte, meta blobstore.Meta) blobstore.Blob {
	t.Helper()
	blob, err := a.container.Put(context.WithoutCancel(t.Context()), name, content, meta)
	require.NoError(t, err)
	return blob
}

// etags returns the ETag of each blob.
func (a *target) etags(t *testing.T, prefix string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for blob, err := range a.container.List(t.Context(), prefix) {
		require.NoError(t, err)
		all[blob.Name] = blob.ETag
	}
	return all
}

// count returns the number of rows of the table numbers, or -1 if there is no
// such database.
func (a *target) count(t *testing.T, database string) int {
	t.Helper()
	var n int
	require.NoError(t, a.query(t, "postgres", "SELECT count(*) FROM pg_database WHERE datname = '"+database+"'", &n))
	if n == 0 {
		return -1
	}
	require.NoError(t, a.query(t, database, "SELECT count(*) FROM numbers", &n))
	return n
}

func (a *target) query(t *testing.T, database, sql string, to any) error {
	t.Helper()
	conn, err := a.env.Postgres.Connect(t.Context(), database)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	return conn.QueryRow(t.Context(), sql).Scan(to)
}

// kind is a way to restore.
type kind struct {
	name   string
	target jobs.RestoreTarget
	// written returns the number of rows, or of files, that a restore has written.
	written func(t *testing.T) int
}

// kinds returns restores of each kind, to targets of their own.
func (a *target) kinds(t *testing.T) []kind {
	t.Helper()
	own := a.instance.Server
	database := func(name string, more jobs.RestoreTarget) kind {
		more.Server, more.SignIn, more.Database = &own, &a.instance.SignIn, name
		return kind{target: more, written: func(t *testing.T) int { return max(0, a.count(t, name)) }}
	}
	whole, table := localenvtest.Unique(), localenvtest.Unique()
	t.Cleanup(func() {
		for _, name := range []string{whole, table} {
			require.NoError(t, a.env.Postgres.Exec(context.WithoutCancel(t.Context()), "postgres", "DROP DATABASE IF EXISTS "+name))
		}
	})
	existing := localenvtest.Database(t)
	require.NoError(t, a.env.Postgres.Exec(t.Context(), existing, "CREATE TABLE numbers (n integer)"))
	url, files := a.files(t)
	all := []kind{
		database(whole, jobs.RestoreTarget{}),
		database(table, jobs.RestoreTarget{Tables: []string{"public.numbers"}}),
		database(existing, jobs.RestoreTarget{Content: jobs.ContentData}),
		{target: jobs.RestoreTarget{Container: url}, written: func(t *testing.T) (n int) {
			for _, err := range files.List(t.Context(), "") {
				require.NoError(t, err)
				n++
			}
			return n
		}},
	}
	for i, name := range []string{"database", "table", "rows", "files"} {
		all[i].name = name
	}
	return all
}

// files returns a new container that the trust file lists, and its URL.
func (a *target) files(t *testing.T) (string, *blobstore.Container) {
	t.Helper()
	url, err := a.env.Azurite.CreateContainer(t.Context(), "files-"+localenvtest.Unique())
	require.NoError(t, err)
	container, err := azureblob.Open(url, a.env.Azurite.Credential(), azureblob.Options{})
	require.NoError(t, err)
	return url, container
}

// restorePoint restores a point; the latest one if point is empty.
func (a *target) restorePoint(t *testing.T, instance, point string, to jobs.RestoreTarget) error {
	t.Helper()
	return a.run(t, unique("restore/"+instance), jobs.TaskQueue, jobs.TypeRestore, jobs.RestoreInput{Instance: instance, Point: point, Target: to})
}
