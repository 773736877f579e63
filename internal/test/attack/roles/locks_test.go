package roles_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/vault"
)

// lock has the backup identity lock all points until they expire.
func (w *world) lock(t *testing.T, mode instance.Immutability) {
	t.Helper()
	v := vault.New(blobstore.New(w.as("backup"), 0)).Trusting(w.file)
	all, err := v.ListPoints(t.Context(), instanceName)
	require.NoError(t, err)
	for _, p := range all {
		locked, err := v.Lock(t.Context(), p, mode, w.now())
		require.NoError(t, err)
		require.Equal(t, 5, locked.Blobs)
	}
}

// current returns the current version of a blob.
func (a attacker) current(name string) (blobstore.Blob, error) {
	there, _, err := a.storage.Stat(a, name)
	return there, err
}

// shorten sets the policies of the target's parts to end in a second.
func (a attacker) shorten() error {
	for _, name := range a.parts() {
		there, err := a.current(name)
		if err != nil {
			return err
		}
		end := blobstore.ImmutabilityPolicy{Until: a.now.Add(2 * time.Second)}
		if err := a.storage.SetImmutabilityPolicy(a, name, there.Version, end); err != nil {
			return err
		}
	}
	return nil
}

// deleteVersions deletes the current versions of the target's parts for good.
func (a attacker) deleteVersions() error {
	for _, name := range a.parts() {
		there, err := a.current(name)
		if err != nil {
			return err
		}
		if err := a.delete(name); err != nil {
			return err
		}
		if err := a.storage.DeleteVersion(a, name, there.Version); err != nil {
			return err
		}
	}
	return nil
}

// onLocks are for points that are locked.
var onLocks = []operation{
	{"shorten the locks", attacker.shorten},
	{"delete versions", attacker.deleteVersions},
}

// TestMonthAfterAnAttackOnLockedPoints: under locks of the mode `locked`, no identity
// can have a version deleted, by whatever operation. The account has no soft delete.
func TestMonthAfterAnAttackOnLockedPoints(t *testing.T) {
	t.Parallel()
	for _, op := range slices.Concat(operations, onLocks) {
		for _, identity := range identities {
			t.Run(op.name+" as "+identity, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, 0)
				w.file = trusted(t, lockedFloors)
				w.lock(t, instance.Locked)
				quiet := op
				quiet.do = func(a attacker) error {
					err := op.do(a)
					if !slices.ContainsFunc(onLocks, func(o operation) bool { return o.name == op.name }) {
						return err
					}
					require.Error(t, err)
					if failure.CodeOf(err) != failure.ContainerNotAccessible {
						require.ErrorIs(t, err, blobstore.ErrLocked)
					}
					return nil
				}
				require.Equal(t, month, live(t, w, identity, quiet, true, daily).until)
			})
		}
	}
}

// TestLimit_TheBackupIdentityMayShortenUnlockedLocks: nobody else may, and a deletion
// still takes a tombstone and its term.
func TestLimit_TheBackupIdentityMayShortenUnlockedLocks(t *testing.T) {
	t.Parallel()
	both := operation{"shorten the locks, and a tombstone", func(a attacker) error {
		if err := a.shorten(); err != nil {
			return err
		}
		return a.mark("tombstone.json", a.tombstone())
	}}
	for identity, want := range map[string]outcome{
		"backup": afterTheTerm, "restore": {refused: true, until: month}, "prune": {refused: true, until: month},
	} {
		w := newWorld(t, term)
		w.lock(t, instance.Unlocked)
		require.Equal(t, want.String(), live(t, w, identity, both, false, daily).String(), identity)
	}
}

// TestLimit_BackupAndPruneTogetherUndoUnlockedLocks: neither can alone. The account's
// soft delete is what stands behind it.
func TestLimit_BackupAndPruneTogetherUndoUnlockedLocks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, term)
	w.lock(t, instance.Unlocked)
	before := versions(w.kept(), w.good[2])
	prune := attacker{Context: t.Context(), storage: w.as("prune"), now: w.now(), points: w.good, target: w.good[2]}
	backup := prune
	backup.storage = w.as("backup")

	alone := prune
	alone.target = w.good[1]
	require.ErrorIs(t, alone.deleteVersions(), blobstore.ErrLocked)
	require.NoError(t, backup.shorten())
	w.pass(time.Minute)
	require.NoError(t, prune.deleteVersions())
	for _, v := range before {
		listed, there := w.kept()[v]
		require.True(t, there && !listed, v)
	}
}
