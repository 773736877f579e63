package backendtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

// Versioned is a storage with versions and immutability policies. Advance moves
// its clock forward.
type Versioned struct {
	blobstore.Backend
	Advance func(time.Duration)
	// Plain is a container without versions and policies.
	Plain blobstore.Backend
}

// RunVersions tests a storage with versions and immutability policies.
func RunVersions(t *testing.T, open func(*testing.T) Versioned) {
	t.Helper()
	for name, check := range map[string]func(*testing.T, Versioned){
		"Previous":      testPrevious,
		"Pages":         testVersionPages,
		"Hidden":        testHidden,
		"Policy":        testPolicy,
		"PolicyHolds":   testPolicyHolds,
		"PolicyRefused": testPolicyRefused,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, open(t))
		})
	}
}

func versions(t *testing.T, b blobstore.Backend, prefix string) []blobstore.Blob {
	t.Helper()
	all, _ := list(t, b, blobstore.Listing{Prefix: prefix, Versions: true})
	return all
}

func testPrevious(t *testing.T, v Versioned) {
	first, err := v.Put(t.Context(), "a", []byte("first"), blobstore.Meta{"k": "v"}, blobstore.Condition{})
	require.NoError(t, err)
	second := put(t, v, "a", "2")
	require.NotEmpty(t, first.Version)
	require.NotEqual(t, first.Version, second.Version)
	all := versions(t, v, "a")
	require.Len(t, all, 2)
	require.Equal(t, []string{first.Version, second.Version}, []string{all[0].Version, all[1].Version}, "the oldest first")
	require.Equal(t, []bool{true, false}, []bool{all[0].Previous, all[1].Previous})
	require.EqualValues(t, 5, all[0].Size)
	require.Equal(t, blobstore.Meta{"k": "v"}, all[0].Meta)
	require.Equal(t, []string{"a"}, names(t, v, ""), "a plain listing has current versions alone")
	found, _, err := v.Stat(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, second.Version, found.Version)
}

func testVersionPages(t *testing.T, v Versioned) {
	put(t, v, "a", "1")
	put(t, v, "a", "2")
	put(t, v, "a", "3")
	put(t, v, "b", "4")
	var paged []blobstore.Blob
	paged, _ = list(t, v, blobstore.Listing{Versions: true, Limit: 1})
	require.Equal(t, versions(t, v, ""), paged)
	require.Len(t, paged, 4)
}

func testHidden(t *testing.T, v Versioned) {
	made := put(t, v, "a", "content")
	err := v.DeleteVersion(t.Context(), "a", made.Version)
	require.Error(t, err, "the current version is not deleted by its ID")
	require.NotErrorIs(t, err, blobstore.ErrNotFound)
	require.NoError(t, v.Delete(t.Context(), "a", blobstore.Condition{}))
	requireAbsent(t, v, "a")
	require.Empty(t, names(t, v, ""))
	all := versions(t, v, "a")
	require.Len(t, all, 1)
	require.True(t, all[0].Previous)
	require.NoError(t, v.DeleteVersion(t.Context(), "a", made.Version))
	require.ErrorIs(t, v.DeleteVersion(t.Context(), "a", made.Version), blobstore.ErrNotFound)
	require.Empty(t, versions(t, v, "a"))
}

// later returns the storage's time plus d, in whole seconds.
func later(t *testing.T, b blobstore.Backend, d time.Duration) time.Time {
	t.Helper()
	now, err := b.ServerTime(t.Context())
	require.NoError(t, err)
	return now.UTC().Add(d)
}

func testPolicy(t *testing.T, v Versioned) {
	first := put(t, v, "a", "1")
	until := later(t, v, time.Hour)
	set := func(version string, until time.Time, locked bool) error {
		return v.SetImmutabilityPolicy(t.Context(), "a", version, blobstore.ImmutabilityPolicy{Until: until, Locked: locked})
	}
	require.NoError(t, set(first.Version, until, false))
	require.Equal(t, blobstore.ImmutabilityPolicy{Until: until}, versions(t, v, "a")[0].Policy)
	require.NoError(t, set("", until.Add(-time.Minute), false), "an unlocked one may become shorter")
	require.NoError(t, set(first.Version, until, true))
	require.NoError(t, set(first.Version, until, true), "it may be repeated")
	require.ErrorIs(t, set(first.Version, until.Add(-time.Minute), true), blobstore.ErrLocked)
	require.ErrorIs(t, set(first.Version, until, false), blobstore.ErrLocked)
	require.NoError(t, set(first.Version, until.Add(time.Minute), true))
	require.Equal(t, blobstore.ImmutabilityPolicy{Until: until.Add(time.Minute), Locked: true}, versions(t, v, "a")[0].Policy)

	second := put(t, v, "a", "2")
	all := versions(t, v, "a")
	require.True(t, all[0].Policy.Locked, "a blob under a policy can be written over; its version stays")
	require.Zero(t, all[1].Policy)
	require.NoError(t, set("", until, false))
	require.Equal(t, second.Version, versions(t, v, "a")[1].Version)
	require.Equal(t, until, versions(t, v, "a")[1].Policy.Until, "without an ID it is the current version's")
}

func testPolicyHolds(t *testing.T, v Versioned) {
	for _, locked := range []bool{false, true} {
		made := put(t, v, "a", "1")
		require.NoError(t, v.SetImmutabilityPolicy(t.Context(), "a", made.Version, blobstore.ImmutabilityPolicy{Until: later(t, v, time.Hour), Locked: locked}))
		require.NoError(t, v.Delete(t.Context(), "a", blobstore.Condition{}), "deleting hides")
		require.ErrorIs(t, v.DeleteVersion(t.Context(), "a", made.Version), blobstore.ErrLocked)
		v.Advance(2 * time.Hour)
		require.NoError(t, v.DeleteVersion(t.Context(), "a", made.Version))
	}
}

func testPolicyRefused(t *testing.T, v Versioned) {
	policy := blobstore.ImmutabilityPolicy{Until: later(t, v, time.Hour)}
	require.ErrorIs(t, v.SetImmutabilityPolicy(t.Context(), "absent", "", policy), blobstore.ErrNotFound)
	put(t, v.Plain, "a", "1")
	err := v.Plain.SetImmutabilityPolicy(t.Context(), "a", "", policy)
	require.Equal(t, failure.ImmutabilityNotSupported, failure.CodeOf(err), err)
	require.ErrorContains(t, err, v.Plain.Location().Container)
}
