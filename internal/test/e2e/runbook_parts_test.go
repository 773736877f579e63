package e2e_test

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	docs "github.com/pgvault/pgvault/internal/test/document"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// edit changes the world's pgvault.yaml, as a person does.
func (n *night) edit(t *testing.T, before, after string) {
	t.Helper()
	replaceIn(t, filepath.Join(n.dir, "pgvault.yaml"), before, after, 0o600)
}

// replaceIn replaces a text in a file, which nobody may be allowed to write to.
func replaceIn(t *testing.T, file, before, after string, mode os.FileMode) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), before)
	require.NoError(t, os.Remove(file))
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(text), before, after)), mode))
}

// retrust replaces the trust file by one for the parts that the world has now.
func (n *night) retrust(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(n.dir, "trust*"))
	require.NoError(t, err)
	for _, file := range files {
		require.NoError(t, os.Remove(file))
	}
	n.trust(t)
}

func lostServer(t *testing.T, n *night) {
	env := localenvtest.Env(t)
	lost := ownServer(t, localenv.PostgresOptions{})
	env.Postgres = lost
	w := newWorldIn(t, env, nil)
	p := w.startWorker(t)
	i := w.on(t, lost, shopSQL+"; CREATE ROLE clerk LOGIN; GRANT USAGE ON SCHEMA shop TO clerk; GRANT SELECT ON shop.orders TO clerk")
	w.backup(t, i)
	n.at(t, w, i)
	rows := w.query(t, i.Database, rowsOfOrders)
	lost.Stop()

	env.Postgres = ownScratch(t)
	p.stop(t)
	n.retrust(t)
	w.startWorker(t)
	n.set("secret", w.administrator(t))
	n.signsInAt(t, w.server())
	n.step(t)
	require.Equal(t, rows, n.query(t, i.Database, rowsOfOrders))
	require.Equal(t, "true", n.query(t, i.Database, "SELECT has_table_privilege('clerk', 'shop.orders', 'SELECT')::text"))
	pw := password()
	n.set("role", i.user())
	n.set("password", pw.Reveal())
	n.step(t)
	n.edit(t, fmt.Sprintf("{host: '%s', port: %d}", lost.Host, lost.Port), fmt.Sprintf("{host: '%s', port: %d}", env.Postgres.Host, env.Postgres.Port))
	env.Azure.KeyVault.SetSecret(i.secretName(), env.Postgres.URI(i.Database, i.user(), pw))
	n.step(t)
	require.Len(t, w.points(t, i), 2)
}

func lostTemporal(t *testing.T, n *night) {
	// It outlives the world, which searches its histories at the end.
	server, err := localenv.StartTemporal(t.Context(), localenv.TemporalOptions{})
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	w, proxy := newWorldOfItsOwn(t)
	p := w.startWorker(t, smallBuffers)
	i := w.protected(t, shopSQL+"; "+bulk(8))
	point := w.backup(t, i)
	n.at(t, w, i)
	rows := w.query(t, i.Database, rowsOfOrders)
	w.dropLater(t, i.Database+"_copy")
	// A restore is running when the server is lost.
	restoring, release := holdBody(t, w, proxy, i, 1<<20)
	job := w.start(t, "restore", i.Name, "--to-server", w.server(), "--to-database", i.Database+"_copy", "--secret", n.vars["secret"])
	await(t, restoring, p)
	half := w.unpublished(t, job)
	w.dropLater(t, half)
	w.temporal.Close()
	w.env.Temporal.Stop()
	p.kill(t)
	release()
	require.NotEmpty(t, w.holds(t, i, point))

	w.env.Temporal = server
	w.vars["TEMPORAL_ADDRESS"] = server.Address
	w.dial(t)
	n.step(t)
	w.startWorker(t)
	n.step(t)
	require.Equal(t, rows, w.query(t, i.Database+"_copy", rowsOfOrders))
	require.Len(t, w.points(t, i), 2)
	n.set("half", half)
	n.step(t)
	require.Empty(t, w.databasesLike(t, half))
}

// deleteBlob deletes a blob as a person does in the portal.
func (w *world) deleteBlob(t *testing.T, name string) {
	t.Helper()
	_, err := w.container(t).NewBlobClient(name).Delete(t.Context(), nil)
	require.NoError(t, err)
}

func lostSettings(t *testing.T, n *night) {
	env := localenvtest.Env(t)
	storage, err := localenv.StartImmutable(env.Azurite.URL, env.CA)
	require.NoError(t, err)
	t.Cleanup(storage.Stop)
	storage.Enable(path.Base(env.VaultURL))
	env.VaultURL = storage.URL + "/" + path.Base(env.VaultURL)
	w := newWorldIn(t, env, nil)
	p := w.startWorker(t)
	rows := n.open(t, w)
	w.dropLater(t, n.i.Database+"_copy")
	id := w.document(t, "vault.json").at(t, "id")
	definition := "instances/" + n.i.Name + "/instance.json"
	w.deleteBlob(t, "vault.json")
	w.deleteBlob(t, definition)
	r := w.pgvault(t, "restore", n.i.Name, "--to-server", w.server(), "--to-database", n.i.Database+"_copy", "--secret", n.vars["secret"], "--wait")
	require.Contains(t, r.Stdout+r.Stderr, "BackupInstanceNotFound")

	// Temporal is lost too, so that only the points know the vault's ID.
	p.stop(t)
	w.namespace += "-new"
	w.vars["TEMPORAL_NAMESPACE"] = w.namespace
	registerNamespace(t, env.Temporal.Address, w.namespace)
	w.temporal.Close()
	w.dial(t)
	w.startWorker(t)
	n.step(t)
	require.Equal(t, id, w.document(t, "vault.json").at(t, "id"))
	require.Equal(t, rows, w.query(t, n.i.Database+"_copy", rowsOfOrders))

	stored := w.document(t, definition)
	w.deleteBlob(t, definition)
	n.step(t)
	require.Equal(t, stored, w.document(t, definition))
	w.backup(t, n.i)
}

func lostPoints(t *testing.T, n *night) {
	n.shop(t)
	n.backup(t, n.i)
	point := n.points(t, n.i)[0]
	n.ok(t, "delete", n.i.Name, "--point", point, "--reason", "by mistake", "--wait")
	require.Regexp(t, point+".* deleted until", n.ok(t, "points", n.i.Name))
	n.set("point", point)
	n.step(t)
	require.Regexp(t, point+".* good", n.ok(t, "points", n.i.Name))
}

func lostKeyVault(t *testing.T, n *night) {
	env := localenvtest.Env(t)
	var err error
	env.Azure, err = localenv.StartStandIns(localenv.StandInOptions{CA: env.CA})
	require.NoError(t, err)
	w := newWorldIn(t, env, nil)
	p := w.startWorker(t)
	rows := n.open(t, w)
	lost := env.Azure
	lost.Stop()
	p.stop(t)

	env.Azure, err = localenv.StartStandIns(localenv.StandInOptions{CA: env.CA})
	require.NoError(t, err)
	t.Cleanup(env.Azure.Stop)
	maps.Copy(w.vars, env.Azure.Vars())
	p = w.startWorker(t)
	n.step(t)

	admin, role := password(), password()
	name := "restore_" + n.i.Database
	n.exec(t, "postgres", fmt.Sprintf("CREATE ROLE %s LOGIN SUPERUSER PASSWORD '%s'", name, admin.Reveal()))
	for file, uri := range map[string]string{
		"restore.uri": env.Postgres.URI("postgres", name, admin).Reveal(), "backup.uri": env.Postgres.URI(n.i.Database, n.i.user(), role).Reveal(),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(n.dir, file), []byte(uri), 0o600))
	}
	n.set("keyvault", "contoso-new")
	n.set(azKeyVault, env.Azure.KeyVault.URL)
	n.set("secret", env.Azure.KeyVault.SecretURL("restore"))
	n.set("key", env.Azure.KeyVault.KeyURL("pgvault-manifest"))
	n.dropLater(t, n.i.Database+"_copy")
	p.stop(t)
	replaceIn(t, w.vars["PGVAULT_TRUST"], lost.KeyVault.URL, env.Azure.KeyVault.URL, 0o444)
	p = w.startWorker(t)
	n.step(t)
	require.Equal(t, rows, n.query(t, n.i.Database+"_copy", rowsOfOrders))

	n.set("role", n.i.user())
	n.set("password", role.Reveal())
	env.Azure.KeyVault.PermitKey("pgvault-manifest", localenv.KeySign, localenv.KeyRead, localenv.KeyCreate)
	n.edit(t, n.i.Secret, env.Azure.KeyVault.SecretURL("orders"))
	n.step(t)
	p.stop(t)
	w.vars["PGVAULT_SIGNING_KEY_VAULT"] = env.Azure.KeyVault.URL
	w.startWorker(t)
	n.step(t)
	require.Len(t, w.points(t, n.i), 2)
}

// lostPgvault runs the commands of docs/FORMAT.md, to which the section leads.
func lostPgvault(t *testing.T, n *night) {
	rows := n.shop(t)
	format := docs.Read(t, "FORMAT.md").Sections()
	for _, section := range format {
		if section.Title == "Restore with stock tools" {
			n.section = section
		}
	}
	require.Len(t, n.section.Steps, 1)
	restored := n.i.Database + "_stock"
	n.dropLater(t, restored)
	n.section.Steps[0].Commands = strings.NewReplacer(
		"ACCOUNT", n.vars["account"], "CONTAINER", n.vars["container"], "HOST", n.vars["PGHOST"], "ADMIN", n.vars["PGUSER"],
		"instances/shop/orders/", "instances/"+n.i.Name+"/", "20261124T020000Z-0a1b2c3d", n.points(t, n.i)[0],
		"--dbname orders ", "--dbname "+restored+" ", "CREATE DATABASE orders ", "CREATE DATABASE "+restored+" ", "de_DE.UTF-8", "C.UTF-8",
	).Replace(n.section.Steps[0].Commands)
	n.attended = true
	n.step(t)
	require.Equal(t, rows, n.query(t, restored, rowsOfOrders))
}
