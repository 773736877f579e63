package sweep_test

import (
	"encoding/json"
	"errors"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
	"github.com/pgvault/pgvault/internal/vault/sweep"
)

const term = 14 * 24 * time.Hour

// A tombstone that claims to be a sweep's does not end a life, and one that claims to
// be a person's cannot be told from a person's.
func TestATombstoneOfASweepNeedsAPointThatHasExpired(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		age      int
		bySweep  bool
		forge    func(t *testing.T, s signed, id, envelope string)
		required string
		optional string
	}{
		"of a sweep":                {age: 40, bySweep: true, required: "purged", optional: "purged"},
		"forged":                    {age: 1, bySweep: true, required: "not expired", optional: "not expired"},
		"forged, with its metadata": {age: 1, bySweep: true, forge: func(t *testing.T, s signed, id, _ string) { s.forgedExpiry(t, id, time.Now().AddDate(0, 0, -1)) }, required: "signature", optional: "signature"},
		"of a sweep, signature deleted": {age: 40, bySweep: true, forge: func(t *testing.T, s signed, _, envelope string) {
			require.NoError(t, s.Container.Delete(t.Context(), envelope))
		}, required: "signature", optional: "purged"},
		"of a person": {age: 1, required: "purged", optional: "purged"},
		"of a person, not signed": {age: 1, forge: func(t *testing.T, s signed, _, envelope string) {
			require.NoError(t, s.Container.Delete(t.Context(), envelope))
		}, required: "purged", optional: "purged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for required, want := range map[bool]string{true: c.required, false: c.optional} {
				s := setupSigned(t, required)
				id, envelope := s.signedPoint(t, c.age)
				s.signedPoint(t, 0)
				if c.forge != nil {
					c.forge(t, s, id, envelope)
				}
				s.mark(t, id, "tombstone.json", vault.Tombstone{At: time.Now().AddDate(0, 0, -30), Until: time.Now().AddDate(0, 0, -10), BySweep: c.bySweep, Job: "x"})
				require.Equal(t, "soft-deleted", reasons(s.sweep(t))[id])
				s.pass(term)
				report := s.sweep(t)
				require.Equal(t, want, reasons(report)[id], "%v: %v", required, report.Decisions)
				require.Equal(t, want != "purged", len(s.left(t)) == 2)
			}
		})
	}
}

// Somebody deletes manifest.json, and the rest looks like the leftovers of an attempt.
func TestASignedPointWithoutItsManifestIsNoOrphan(t *testing.T) {
	t.Parallel()
	s := setupSigned(t, false)
	id, envelope := s.signedPoint(t, 20)
	unsigned, without := s.signedPoint(t, 19)
	s.signedPoint(t, 1)
	require.NoError(t, s.Container.Delete(t.Context(), without))
	for _, p := range []string{id, unsigned} {
		require.NoError(t, s.Container.Delete(t.Context(), folder(p)+"manifest.json"))
	}
	s.pass(2 * time.Hour)
	report := s.sweep(t)
	require.Equal(t, "signature", reasons(report)[id])
	require.Equal(t, 1, report.Doubtful)
	require.Equal(t, "orphan", reasons(report)[unsigned])
	_, err := s.Container.Stat(t.Context(), envelope)
	require.NoError(t, err)

	s.pass(11 * 24 * time.Hour)
	require.Equal(t, "orphan", reasons(s.sweep(t))[id], "it has expired")
	require.Len(t, s.left(t), 1)
}

// Neither the mark of a removal nor a tombstone beside it makes it one, both of which
// anybody who may write blobs can forge.
func TestAForgedMarkOfARemovalEndsNoSignedLife(t *testing.T) {
	t.Parallel()
	for name, forged := range map[string]map[string]any{
		"a removal":                     {"removal.json": map[string]any{}},
		"a removal after a person":      {"removal.json": map[string]any{}, "tombstone.json": vault.Tombstone{At: time.Now().AddDate(0, 0, -30), Until: time.Now().AddDate(0, 0, -10), Job: "x"}},
		"a removal after another sweep": {"removal.json": map[string]any{}, "tombstone.json": vault.Tombstone{At: time.Now().AddDate(0, 0, -30), Until: time.Now().AddDate(0, 0, -10), BySweep: true, Job: "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setupSigned(t, true)
			id, envelope := s.signedPoint(t, 20)
			s.signedPoint(t, 1)
			for mark, state := range forged {
				s.mark(t, id, mark, state)
			}
			require.NoError(t, s.Container.Delete(t.Context(), folder(id)+"manifest.json"))
			s.pass(2 * time.Hour)
			require.Equal(t, "signature", reasons(s.sweep(t))[id])
			_, err := s.Container.Stat(t.Context(), envelope)
			require.NoError(t, err)
			s.pass(11 * 24 * time.Hour)
			require.Equal(t, "orphan", reasons(s.sweep(t))[id], "it has expired")
		})
	}
}

// The signed extension of a life counts for what is left of a point too.
func TestTheExtendedLifeOfASignedPointWithoutItsManifest(t *testing.T) {
	t.Parallel()
	s := setupSigned(t, true)
	id, _ := s.signedPoint(t, 40)
	s.signedPoint(t, 1)
	s.change(t, s.key, id, s.now().AddDate(0, 0, 10), s.now())
	require.NoError(t, s.Container.Delete(t.Context(), folder(id)+"manifest.json"))
	s.pass(2 * time.Hour)
	require.Equal(t, "signature", reasons(s.sweep(t))[id])
	s.pass(11 * 24 * time.Hour)
	require.Equal(t, "orphan", reasons(s.sweep(t))[id])
}

// The rest of a person's purge is deleted. A crash between the first two blobs leaves
// what somebody who has deleted manifest.json leaves as well, and the person purges
// again.
func TestASweepEndsAPersonsPurgeOfASignedPoint(t *testing.T) {
	t.Parallel()
	for _, soft := range []bool{false, true} {
		s := setupSigned(t, true)
		id, _ := s.signedPoint(t, 20)
		s.signedPoint(t, 1)
		purge := func() error { return s.Vault.Purge(t.Context(), instanceName, id, s.now()) }
		if soft {
			require.NoError(t, s.Vault.SoftDelete(t.Context(), instanceName, id, vault.Tombstone{At: s.now(), Until: s.now().Add(term), Job: "x"}))
			s.pass(term)
			purge = func() error { return s.Vault.PurgeDeleted(t.Context(), instanceName, id, s.now(), term) }
		}
		crashed := errors.New("crashed")
		for skip := range 2 {
			restart := s.storage.Inject(memblob.Fault{Ops: []memblob.Op{memblob.Delete}, Skip: 1, Err: crashed})
			require.ErrorIs(t, purge(), crashed)
			restart()
			_, err := s.Container.Stat(t.Context(), folder(id)+"manifest.json")
			require.Error(t, err)
			s.pass(2 * time.Hour)
			if skip == 0 && !soft {
				require.Equal(t, "signature", reasons(s.sweep(t))[id])
			}
		}
		require.Contains(t, []string{"orphan", "purged"}, reasons(s.sweep(t))[id])
		require.Len(t, s.left(t), 1)
	}
}

// setupSignedVersions is a vault in an account that keeps versions.
func setupSignedVersions(t *testing.T, required bool) signed {
	t.Helper()
	var ahead atomic.Int64
	b := setupAt(t, memblob.New(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }, memblob.Options{Versions: true}))
	b.ahead, b.Now = &ahead, b.now
	s := signed{b, statementtest.New(t, "manifest/1")}
	s.trust(t, required, "from: 2020-01-01")
	return s
}

// A person who promotes an earlier version makes a new one.
func TestASignatureThatWasPromotedCounts(t *testing.T) {
	t.Parallel()
	s := setupSignedVersions(t, true)
	id, envelope := s.signedPoint(t, 40)
	s.signedPoint(t, 1)
	sealed, _, err := s.Container.Get(t.Context(), envelope, 1<<20)
	require.NoError(t, err)
	s.pass(100 * time.Hour)
	for _, content := range [][]byte{[]byte("garbage"), sealed} {
		_, err = s.Container.Put(t.Context(), envelope, content, nil)
		require.NoError(t, err)
	}
	require.Equal(t, "expired", reasons(s.sweep(t))[id])
}

// Where signatures are not required, a point counts as one without a signature if
// somebody takes the signature away. The account's versions show that it had one.
func TestASignatureThatWasTakenAwayKeepsItsPoint(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		age int
		// extended reports whether the life was extended, signed, and what is taken away
		// is the extension.
		extended bool
		away     func(t *testing.T, s signed, envelope string)
	}{
		"deleted": {age: 5, away: func(t *testing.T, s signed, envelope string) {
			require.NoError(t, s.Container.Delete(t.Context(), envelope))
		}},
		"stripped": {age: 5, away: strip},
		"the extension deleted": {age: 40, extended: true, away: func(t *testing.T, s signed, envelope string) {
			require.NoError(t, s.Container.Delete(t.Context(), envelope))
		}},
		"the extension stripped": {age: 40, extended: true, away: strip},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setupSignedVersions(t, false)
			id, envelope := s.signedPoint(t, c.age)
			s.signedPoint(t, 1)
			if c.extended {
				envelope = s.change(t, s.key, id, s.now().AddDate(0, 0, 100), s.now())
			}
			s.says(t, id, s.now().AddDate(0, 0, -1))
			require.Equal(t, "signature", reasons(s.sweep(t))[id])
			c.away(t, s, envelope)
			require.Equal(t, "signature", reasons(s.sweep(t))[id])
		})
	}
}

// strip stores an envelope without its signatures.
func strip(t *testing.T, s signed, envelope string) {
	t.Helper()
	content, _, err := s.Container.Get(t.Context(), envelope, 1<<20)
	require.NoError(t, err)
	var e statement.Envelope
	require.NoError(t, json.Unmarshal(content, &e))
	e.Signatures = nil
	_, err = s.Container.Put(t.Context(), envelope, []byte(jsonOf(t, e)), nil)
	require.NoError(t, err)
}

// The first stretch is not the only one that deletes: a forged job begins with
// another.
func TestNoStretchDoesWithoutTheStorageThatTheTrustFileDemands(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f, err := trust.Parse([]byte("storage: {versions: required}"), "trust.yaml")
	require.NoError(t, err)
	b.PageSize = 2
	first, expired := b.point(t, 60), b.point(t, 40)
	b.point(t, 1)
	_, second, err := b.Plan(t.Context(), sweep.Cursor{}, 2, &sweep.Tally{})
	require.NoError(t, err)
	require.Equal(t, first, second.Last)
	b.Vault.Vault = b.Vault.Trusting(f)
	for _, from := range []sweep.Cursor{{}, second} {
		_, _, err := b.Sweep(t.Context(), from, math.MaxInt, &sweep.Tally{})
		require.Equal(t, failure.NotTrusted, failure.CodeOf(err))
	}
	require.Nil(t, b.tombstone(t, expired))
}
