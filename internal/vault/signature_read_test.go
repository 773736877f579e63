package vault_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

// committedPoint makes a point that is signed by the key, as a backup does.
func (s *signing) committedPoint(t *testing.T, id string) (m manifest.Manifest, envelope string) {
	t.Helper()
	m = s.committed(t, orders, id, "dump")
	envelope = s.seal(t, s.key, m, folderOf(id))
	require.NoError(t, s.CommitPoint(t.Context(), s.key, m))
	return m, envelope
}

func TestAReadBackChecksTheSignature(t *testing.T) {
	t.Parallel()
	s := setupSigning(t, memblob.Options{})
	m, envelope := s.committedPoint(t, point1)
	key := statementtest.Key{Signer: s.key, Validity: always}
	demanding, optional := s.Trusting(statementtest.Trust(t, true, key)), s.Trusting(statementtest.Trust(t, false, key))
	read, err := demanding.ReadBack(t.Context(), ask(m))
	require.NoError(t, err)
	require.Equal(t, vault.OutcomeGood, read.Outcome)
	require.Empty(t, read.Note)

	require.NoError(t, s.container.Delete(t.Context(), envelope))
	read, err = optional.ReadBack(t.Context(), ask(m))
	require.NoError(t, err)
	require.Equal(t, vault.OutcomeGood, read.Outcome)
	require.Contains(t, read.Note, point1)
	read, err = demanding.ReadBack(t.Context(), ask(m))
	require.NoError(t, err)
	require.Equal(t, vault.OutcomeDamaged, read.Outcome)
	require.Equal(t, []manifest.Damage{{Blob: "manifest.json", What: manifest.WhatSignature}}, read.Damage)
	require.False(t, s.find(t, m).Usable())
}

func TestOnlyASignedPointIsRehydrated(t *testing.T) {
	t.Parallel()
	s := setupSigning(t, memblob.Options{})
	m, envelope := s.committedPoint(t, point1)
	require.NoError(t, s.container.SetTier(t.Context(), m.Dump.Blob, blobstore.Archive))
	v := s.Trusting(statementtest.Trust(t, true, statementtest.Key{Signer: s.key, Validity: always}))
	ask := vault.Ask{Instance: orders, Point: point1, Job: "restore/1", Run: "1", Priority: blobstore.Standard, HoldDays: 1, Now: s.now()}
	require.NoError(t, s.container.Delete(t.Context(), envelope))
	_, err := v.Rehydrate(t.Context(), ask)
	require.Equal(t, failure.SignatureMissing, failure.CodeOf(err))
	require.Empty(t, s.storage.CopiesAsked())
	s.seal(t, s.key, m, folderOf(point1))
	_, err = v.Rehydrate(t.Context(), ask)
	require.NoError(t, err)
	require.Len(t, s.storage.CopiesAsked(), 1)
}

// Files that were copied can be checked without the vault.
func TestTheSignatureIsCopiedWithItsFiles(t *testing.T) {
	t.Parallel()
	s, target := setupSigning(t, memblob.Options{}), setup(t)
	m, envelope := s.committedPoint(t, point1)
	names, err := s.CopyPoint(t.Context(), m, vault.Source{}, target.container, "here/", func(int64) {})
	require.NoError(t, err)
	copied := "here/" + envelope[len(folderOf(point1)):]
	require.Equal(t, []string{copied, "here/manifest.json"}, names[len(names)-2:], "the manifest is the last")
	want, _, err := s.container.Get(t.Context(), envelope, 1<<20)
	require.NoError(t, err)
	got, _, err := target.container.Get(t.Context(), copied, 1<<20)
	require.NoError(t, err)
	require.Equal(t, want, got)
}
