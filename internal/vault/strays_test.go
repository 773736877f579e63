package vault_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

// withStrays makes a signed point beside which an attempt has stored its blobs
// late, and a step its statement. It returns the names of both.
func (s *signing) withStrays(t *testing.T) (m manifest.Manifest, late, spent []string) {
	t.Helper()
	m, _ = s.committedPoint(t, point1)
	other := s.attempt(t, orders, point1, "r-late", "late")
	name := vault.StatementName(orders, point1, statement.TypeDump, "r-1")
	_, err := s.PutStatement(t.Context(), s.key, name, statement.TypeDump, statement.Dump{}, vault.AttemptMeta("backup-run/"+orders, "backup/"+orders))
	require.NoError(t, err)
	return m, []string{other.Dump.Blob, other.Dump.BlocksBlob, other.Fingerprints.Blob, other.Roles.Blob}, []string{name}
}

func (s *signing) names(t *testing.T) (names []string) {
	t.Helper()
	for b, err := range s.container.List(t.Context(), folderOf(point1)) {
		require.NoError(t, err)
		names = append(names, b.Name)
	}
	return names
}

func TestASweepDropsWhatAJobHasLeftBesideItsPoint(t *testing.T) {
	t.Parallel()
	key := func(s *signing) statementtest.Key { return statementtest.Key{Signer: s.key, Validity: always} }
	for name, c := range map[string]struct {
		trust               func(t *testing.T, s *signing) trust.File
		running             string
		want                error
		lateGoes, spentGoes bool
	}{
		"signed":              {trust: func(t *testing.T, s *signing) trust.File { return statementtest.Trust(t, true, key(s)) }, lateGoes: true, spentGoes: true},
		"its job runs":        {trust: func(t *testing.T, s *signing) trust.File { return statementtest.Trust(t, true, key(s)) }, running: "backup-run/" + orders, want: vault.ErrHeld},
		"nothing was checked": {trust: func(*testing.T, *signing) trust.File { return trust.Builtin() }, want: vault.ErrNotNow, spentGoes: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setupSigning(t, memblob.Options{})
			m, late, spent := s.withStrays(t)
			require.True(t, s.find(t, m).StrayCopies())
			sweeper := s.Trusting(c.trust(t, s)).Pruner(func(_ context.Context, job string) (bool, error) { return job == c.running, nil })
			require.ErrorIs(t, sweeper.DropCopies(t.Context(), orders, point1, s.now()), c.want)
			left := s.names(t)
			for _, name := range late {
				require.Equal(t, !c.lateGoes, slices.Contains(left, name), name)
			}
			for _, name := range spent {
				require.Equal(t, !c.spentGoes, slices.Contains(left, name), name)
			}
			require.True(t, s.find(t, m).Good)
			require.Equal(t, !c.lateGoes, s.find(t, m).StrayCopies())
		})
	}
}

// Metadata of the manifest that names the late dump as the point's own makes no
// sweep delete the real one.
func TestForgedMetadataDropsNoDump(t *testing.T) {
	t.Parallel()
	s := setupSigning(t, memblob.Options{})
	m, late, _ := s.withStrays(t)
	manifestBlob := folderOf(point1) + "manifest.json"
	content, blob, err := s.container.Get(t.Context(), manifestBlob, 1<<20)
	require.NoError(t, err)
	forged := blobstore.Meta{}
	for k, v := range blob.Meta {
		forged[k] = v
	}
	forged["dump"] = late[0]
	_, err = s.container.Put(t.Context(), manifestBlob, content, forged)
	require.NoError(t, err)
	sweeper := s.Trusting(statementtest.Trust(t, true, statementtest.Key{Signer: s.key, Validity: always})).Pruner(runs(false))
	require.NoError(t, sweeper.DropCopies(t.Context(), orders, point1, s.now()))
	require.Contains(t, s.names(t), m.Dump.Blob)
	require.Contains(t, s.names(t), m.Dump.BlocksBlob)
}

func TestDumpStatementsOfAttempts(t *testing.T) {
	t.Parallel()
	s := setupSigning(t, memblob.Options{})
	v := s.Trusting(statementtest.Trust(t, true, statementtest.Key{Signer: s.key, Validity: always}))
	place, err := v.Place(t.Context(), orders, point1)
	require.NoError(t, err)
	put := func(by statement.Signer, place statement.Place, run string, attempt int32) {
		name := vault.StatementName(orders, point1, statement.TypeDump, fmt.Sprintf("%s-%d", run, attempt))
		_, err := v.PutStatement(t.Context(), by, name, statement.TypeDump, statement.Dump{Step: statement.Step{Place: place, Attempt: attempt}}, nil)
		require.NoError(t, err)
	}
	elsewhere := place
	elsewhere.Point = point2
	put(s.key, place, "0a1b2c3d", 1)
	put(s.key, place, "0a1b2c3d", 2)
	put(s.key, elsewhere, "0a1b2c3d", 3)
	put(statementtest.New(t, "manifest/1"), place, "0a1b2c3d", 4)
	put(statement.Unsigned{}, place, "0a1b2c3d", 5)
	put(s.key, place, "ffffffff", 6)
	for _, required := range []bool{true, false} {
		v := s.Trusting(statementtest.Trust(t, required, statementtest.Key{Signer: s.key, Validity: always}))
		found, err := v.FindDumpStatements(t.Context(), orders, point1, "11111111-0000-4000-8000-00000a1b2c3d")
		require.NoError(t, err)
		var attempts []int32
		for _, f := range found {
			attempts = append(attempts, f.Dump.Attempt)
		}
		require.Equal(t, []int32{2, 1}, attempts, "required: %v", required)
	}
}
