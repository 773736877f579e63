package roles_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/reapply"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

// duty is what the steps of a worker's role do in the vault.
type duty struct {
	*vault.Vault
	c *blobstore.Container
}

func (g *gate) duty(t *testing.T, identity, url string) duty {
	t.Helper()
	c := blobstore.New(g.as(t, identity, url), 0)
	return duty{vault.New(c).Trusting(trusted(t, floors)), c}
}

// record writes a job's record, as every job does.
func (d duty) record(t *testing.T, operation string) {
	t.Helper()
	require.NoError(t, d.PutJob(t.Context(), jobs.Record{ID: "job/1", RunID: "run-1", Operation: operation, Ended: time.Now()}))
}

// backUp makes a point as a backup does, and locks it.
func (d duty) backUp(t *testing.T) manifest.Manifest {
	t.Helper()
	require.NoError(t, d.CheckStorage(t.Context()))
	require.NoError(t, d.c.CheckWrite(t.Context(), points))
	require.NoError(t, d.ProbeLocks(t.Context()))
	m := attempt(t, d.c, time.Now())
	require.NoError(t, d.CommitPoint(t.Context(), statement.Unsigned{}, m))
	require.NoError(t, d.DropLeftovers(t.Context(), m))
	require.NoError(t, d.DeleteLate(t.Context(), instanceName, m.PointID, time.Now()))
	p, err := d.FindPoint(t.Context(), instanceName, m.PointID)
	require.NoError(t, err)
	locked, err := d.Lock(t.Context(), p, instance.Unlocked, time.Now())
	require.NoError(t, err)
	require.Equal(t, 5, locked.Blobs)
	d.record(t, jobs.TypeBackup)
	return m
}

// reapply changes the retention of a point, as a reapplied policy does.
func (d duty) reapply(t *testing.T, m manifest.Manifest) {
	t.Helper()
	w := reapply.Writer{Vault: d.Vault, Mark: vault.Retention{At: time.Now(), Job: "reapply/1"}, Signer: statementtest.New(t, "manifest/1"), VaultID: "own", Now: time.Now}
	p, err := d.FindPoint(t.Context(), instanceName, m.PointID)
	require.NoError(t, err)
	_, made, err := w.Write(t.Context(), p, reapply.Change{Point: p.ID, To: vault.Retention{Policy: "longer", Rule: "Default", Expires: p.Expires.AddDate(0, 0, 1)}})
	require.NoError(t, err)
	require.True(t, made)
}

// verify reads a point back, and restore reads an archived one through a copy.
func (d duty) verify(t *testing.T, m manifest.Manifest) {
	t.Helper()
	outcome, err := d.ReadBack(t.Context(), vault.ReadBack{
		Instance: instanceName, Point: m.PointID, Job: "verify/1", Now: time.Now, Moved: func() {}, Reached: func(vault.ReadSoFar) {},
	})
	require.NoError(t, err)
	require.Equal(t, vault.OutcomeGood, outcome.Outcome)
}

func (d duty) restore(t *testing.T, m manifest.Manifest) {
	t.Helper()
	require.NoError(t, d.Hold(t.Context(), instanceName, m.PointID, "restore/1"))
	made, err := d.Rehydrate(t.Context(), vault.Ask{
		Instance: instanceName, Point: m.PointID, Job: "restore/1", Run: "run-1", Priority: blobstore.High, HoldDays: 1, Now: time.Now(),
	})
	require.NoError(t, err)
	require.NotNil(t, made.From)
	require.NotEqual(t, m.Dump.Blob, made.From.Blob, "it is archived")
	r, err := d.OpenDump(t.Context(), m, *made.From)
	require.NoError(t, err)
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.Equal(t, m.Dump.SHA256, blobstore.HashOf(content))
	_, err = d.ReadRoles(t.Context(), m)
	require.NoError(t, err)
	d.record(t, jobs.TypeRestore)
}

// TestDocumentedRolesSuffice: the steps of each role make no request that its documented
// role does not permit.
func TestDocumentedRolesSuffice(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	at, _ := g.container(t)
	fill(t, blobstore.New(g.as(t, admin, at), 0), time.Now(), 2)
	none := func(context.Context, string) (bool, error) { return false, nil }
	backup, restore, prune := g.duty(t, "backup", at), g.duty(t, "restore", at), g.duty(t, "prune", at)
	pruner := prune.Pruner(none)

	m := backup.backUp(t)
	backup.reapply(t, m)
	restore.verify(t, m)
	require.NoError(t, pruner.Archive(t.Context(), instanceName, m.PointID))
	restore.restore(t, m)
	require.NoError(t, pruner.CancelRehydration(t.Context(), instanceName, m.PointID, "restore/1"))
	require.NoError(t, prune.Release(t.Context(), instanceName, m.PointID, "restore/1"))
	require.NoError(t, pruner.DropCopies(t.Context(), instanceName, m.PointID, time.Now().AddDate(0, 0, 2)))
	left := attempt(t, backup.c, time.Now().Add(time.Second))
	require.NoError(t, prune.DiscardAttempts(t.Context(), instanceName, left.PointID, time.Now()))
	require.Empty(t, g.listed(t, at, left.PointID))

	stone := vault.Tombstone{At: time.Now(), Until: time.Now().AddDate(0, 0, term), Job: "delete/1"}
	require.NoError(t, prune.SoftDelete(t.Context(), instanceName, m.PointID, stone))
	require.NoError(t, prune.Undelete(t.Context(), instanceName, m.PointID))
	_, err := prune.Leftovers(t.Context(), time.Now(), true)
	require.NoError(t, err)
	report, err := sweepAll(t.Context(), sweeper(g.as(t, "prune", at), trusted(t, floors), time.Now, false))
	require.NoError(t, err)
	_, err = prune.PutReport(t.Context(), time.Now(), "sweep/1", "run-1", 1, report)
	require.NoError(t, err)
	require.Empty(t, g.refusals())

	// A purge takes every version, and needs the right to it.
	require.ErrorIs(t, pruner.Purge(t.Context(), instanceName, m.PointID, time.Now()), vault.ErrLocked)
	g.Advance(2 * 366 * 24 * time.Hour)
	require.NoError(t, pruner.Purge(t.Context(), instanceName, m.PointID, time.Now().AddDate(2, 0, 0)))
	require.Empty(t, g.listed(t, at, m.PointID))
	require.Empty(t, g.refusals())
}

// listed returns the versions of a point's blobs.
func (g *gate) listed(t *testing.T, at, point string) (all []string) {
	t.Helper()
	for b, err := range blobstore.New(g.as(t, admin, at), 0).ListVersions(t.Context(), points+point+"/") {
		require.NoError(t, err)
		all = append(all, b.Name)
	}
	return all
}

// TestLimit_ContributorMayDeleteTheContainer shows why no identity has the role Storage
// Blob Data Contributor, which one worker that does everything needs. The soft delete of
// containers stands behind it.
func TestLimit_ContributorMayDeleteTheContainer(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.roles["prune"] = builtin[0]
	at, _ := g.container(t)
	n := slices.IndexFunc(requests, func(r request) bool { return r.name == "Delete Container" })
	status, _ := scene{gate: g, url: at}.send(t, "prune", requests[n])
	require.Equal(t, http.StatusAccepted, status)
	_, err := g.as(t, admin, at).ServerTime(t.Context())
	require.ErrorContains(t, err, "ContainerNotFound")
}
