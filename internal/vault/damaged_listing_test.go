package vault_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

func requireDamaged(t *testing.T, err error, code failure.Code, blob, remedy string) {
	t.Helper()
	require.Equal(t, code, failure.CodeOf(err), "%v", err)
	require.False(t, code.Retryable())
	require.ErrorContains(t, err, blob)
	require.ErrorContains(t, err, remedy)
}

// A listing shows what a point lacks, and such a point is not offered.
func TestListingShowsMissingAndCutParts(t *testing.T) {
	t.Parallel()
	remove := func(t *testing.T, b bundle, name string) {
		t.Helper()
		require.NoError(t, b.container.Delete(t.Context(), name))
	}
	empty := func(t *testing.T, b bundle, name string) {
		t.Helper()
		b.rewrite(t, name, func(string) string { return "" })
	}
	cut := func(t *testing.T, b bundle, name string) {
		t.Helper()
		b.rewrite(t, name, func(s string) string { return s[:len(s)-1] })
	}
	dump := func(m manifest.Manifest) string { return m.Dump.Blob }
	list := func(m manifest.Manifest) string { return m.Dump.BlocksBlob }
	roles := func(m manifest.Manifest) string { return m.Roles.Blob }
	prints := func(m manifest.Manifest) string { return m.Fingerprints.Blob }
	itself := func(m manifest.Manifest) string {
		return "instances/" + m.Instance + "/points/" + m.PointID + "/manifest.json"
	}
	for name, c := range map[string]struct {
		blob func(manifest.Manifest) string
		edit func(*testing.T, bundle, string)
		what string
	}{
		"no dump": {dump, remove, manifest.WhatMissing}, "empty dump": {dump, empty, manifest.WhatLength},
		"no list": {list, remove, manifest.WhatMissing}, "empty list": {list, empty, manifest.WhatLength}, "cut list": {list, cut, manifest.WhatLength},
		"no roles": {roles, remove, manifest.WhatMissing}, "empty roles": {roles, empty, manifest.WhatLength}, "cut roles": {roles, cut, manifest.WhatLength},
		"no fingerprints": {prints, remove, manifest.WhatMissing}, "empty fingerprints": {prints, empty, manifest.WhatLength}, "cut fingerprints": {prints, cut, manifest.WhatLength},
		"empty manifest": {itself, empty, manifest.WhatLength}, "cut manifest": {itself, cut, manifest.WhatLength},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			first, last := b.point(t, orders, scheduled), b.point(t, orders, scheduled.Add(time.Hour))
			c.edit(t, b, c.blob(last))
			points, err := b.ListPoints(t.Context(), orders)
			require.NoError(t, err)
			require.True(t, points[0].Good)
			require.Empty(t, points[0].Damage)
			require.True(t, points[1].Committed)
			require.False(t, points[1].Good || points[1].Copied)
			require.Len(t, points[1].Damage, 1)
			require.Equal(t, c.what, points[1].Damage[0].What)
			require.True(t, strings.HasSuffix(c.blob(last), "/"+points[1].Damage[0].Blob))
			latest, err := b.Latest(t.Context(), orders)
			require.NoError(t, err)
			require.Equal(t, first.PointID, latest.ID)
		})
	}
}

// Metadata of before there were lengths in it says nothing of them.
func TestPointsWithoutNotedLengthsStayGood(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, orders, scheduled)
	name := "instances/" + orders + "/points/" + m.PointID + "/manifest.json"
	content, blob, err := b.container.Get(t.Context(), name, 1<<20)
	require.NoError(t, err)
	for _, key := range []string{"manifestsize", "blocklistsize", "fingerprintssize", "rolessize"} {
		require.Contains(t, blob.Meta, key)
		delete(blob.Meta, key)
	}
	_, err = b.container.Put(t.Context(), name, content, blob.Meta)
	require.NoError(t, err)
	point, err := b.GetPoint(t.Context(), orders, m.PointID)
	require.NoError(t, err)
	require.True(t, point.Good)
}

// What cannot be understood of a state keeps, and never has anything deleted.
func TestDamagedStatesKeep(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, orders, scheduled)
	folder := "instances/" + orders + "/points/" + m.PointID + "/"
	put := func(name, state string) {
		_, err := b.container.Put(t.Context(), name, []byte(state), blobstore.Meta{"state": state})
		require.NoError(t, err)
	}
	for _, state := range []string{"", "null", "{}", "[]", "7", "%7B", `%7B"state":"?"%7D`} {
		for _, name := range []string{"tombstone.json", "retention.json", "rehydration.json", "verification.json"} {
			put(folder+name, state)
		}
		put("instances/"+orders+"/instance-protection.json", state)
		p, err := b.GetProtection(t.Context(), orders)
		require.NoError(t, err)
		require.Equal(t, vault.RetainForever, p.State, state)
		points, err := b.ListPoints(t.Context(), orders)
		require.NoError(t, err)
		require.True(t, points[0].Good, state)
		require.True(t, points[0].Deleted.Until.IsZero(), state)
		require.True(t, points[0].Expires.IsZero(), state)
	}
	for _, copied := range []string{m.Dump.Blob, "vault.json", "instances/shop/other/points/1/rehydrated-1.dump"} {
		put(folder+"rehydration.json", `%7B"copy":"`+copied+`","attempt":1,"holdDays":1%7D`)
		require.NoError(t, b.Pruner(runs(false)).DropCopies(t.Context(), orders, m.PointID, time.Now()))
		_, err := b.container.Stat(t.Context(), m.Dump.Blob)
		require.NoError(t, err)
	}
}

// A record that cannot be read is left out of a listing of jobs and stops nothing.
func TestDamagedJobRecords(t *testing.T) {
	t.Parallel()
	b := setup(t)
	record := jobs.Record{ID: "restore/1", RunID: "00000000", Operation: "Restore", Started: scheduled, Ended: scheduled, Leftovers: []jobs.Leftover{{Database: "left"}}}
	require.NoError(t, b.PutJob(t.Context(), record))
	lines, err := b.Leftovers(t.Context(), scheduled, false)
	require.NoError(t, err)
	require.Len(t, lines, 1)
	for blob, err := range b.container.List(t.Context(), "leftovers/") {
		require.NoError(t, err)
		b.rewrite(t, blob.Name, func(s string) string { return s[:10] })
	}
	lines, err = b.Leftovers(t.Context(), scheduled, true)
	require.NoError(t, err)
	require.Len(t, lines, 1)
	require.Contains(t, lines[0], "cannot be read")
	record.Leftovers = nil
	require.NoError(t, b.PutJob(t.Context(), record))
	lines, err = b.Leftovers(t.Context(), scheduled, false)
	require.NoError(t, err)
	require.Empty(t, lines)
	var report bytes.Buffer
	_, err = b.container.Put(t.Context(), "jobs/2026/11/x.report.json", report.Bytes(), nil)
	require.NoError(t, err)
	var into map[string]any
	requireDamaged(t, b.GetReport(t.Context(), "jobs/2026/11/x.report.json", &into), failure.VaultDamaged, "x.report.json", "job's record")
}
