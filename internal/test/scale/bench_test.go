package scale_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// BenchmarkPlan plans sweeps of vaults of growing size.
func BenchmarkPlan(b *testing.B) {
	for _, instances := range []int{10, 100, 300, 1000} {
		b.Run(fmt.Sprintf("%dx100", instances), func(b *testing.B) {
			l := &listing{instances: instances, points: 100}
			measure(b, l.serve(b), trust.File{}, true)
		})
	}
}

// BenchmarkSweep also deletes expired points, a tenth of all.
func BenchmarkSweep(b *testing.B) {
	sweeps(b, func() *signedManifests { return nil })
}

func sweeps(b *testing.B, manifests func() *signedManifests) {
	for _, instances := range []int{10, 100, 300, 1000} {
		b.Run(fmt.Sprintf("%dx100", instances), func(b *testing.B) {
			l := &listing{instances: instances, points: 100, manifests: manifests()}
			measure(b, l.serve(b), l.manifests.trusted(b), false)
		})
	}
}

// BenchmarkAzurite plans sweeps of vaults that are really stored.
func BenchmarkAzurite(b *testing.B) {
	for _, instances := range []int{5, 10, 20} {
		b.Run(fmt.Sprintf("%dx100", instances), func(b *testing.B) {
			measure(b, stored(b, instances, 100), trust.File{}, true)
		})
	}
}

func measure(b *testing.B, container *blobstore.Container, f trust.File, dryRun bool) {
	temporal := dial(b, container, f)
	n := 0
	for b.Loop() {
		done := temporal.sweep(b, fmt.Sprint("sweep/", n), dryRun)
		n++
		points := float64(done.result.Kept + done.result.Removed)
		b.ReportMetric(points/done.took.Seconds(), "points/s")
		b.ReportMetric(1000*float64(done.events)/points, "events/1000points")
		b.ReportMetric(float64(done.historyBytes)/1024, "history-KiB")
		b.ReportMetric(float64(done.runs), "runs")
		b.ReportMetric(float64(done.peakHeap)/(1<<20), "peak-MiB")
	}
}

// stored creates a vault in Azurite.
func stored(b *testing.B, instances, points int) *blobstore.Container {
	b.Helper()
	credential, err := azure.Credential()
	require.NoError(b, err)
	container, err := azureblob.Open(localenvtest.Container(b), credential, azureblob.Options{})
	require.NoError(b, err)
	v := vault.New(container)
	_, err = v.PutSettings(b.Context(), instance.VaultSettings{}, "")
	require.NoError(b, err)
	group, ctx := errgroup.WithContext(b.Context())
	group.SetLimit(8)
	for n := range instances {
		name := fmt.Sprintf("team/db-%04d", n)
		_, err := v.PutInstance(b.Context(), instance.Instance{Name: name})
		require.NoError(b, err)
		for day := range points {
			group.Go(func() error { return store(ctx, container, v, name, time.Now().AddDate(0, 0, day-points)) })
		}
	}
	require.NoError(b, group.Wait())
	return container
}

func store(ctx context.Context, container *blobstore.Container, v *vault.Vault, instance string, at time.Time) error {
	point := vault.PointID(at, "0a1b2c3d")
	names := vault.AttemptNames(instance, point, "r-1")
	var dump blobstore.Blob
	for _, name := range []string{names.Blocks, names.Roles, names.Dump} {
		var err error
		if dump, err = container.PutNew(ctx, name, bytes.Repeat([]byte("x"), 100), vault.AttemptMeta("work", "job")); err != nil {
			return err
		}
	}
	return v.CommitPoint(ctx, statement.Unsigned{}, manifest.Manifest{
		FormatVersion: 1, Instance: instance, PointID: point, ScheduledTime: at, Retention: manifest.Retention{Expires: at.AddDate(0, 0, keptDays)},
		Server: manifest.Server{Major: 15}, Database: manifest.Database{Name: "d", Encoding: "UTF8"}, Tool: manifest.Tool{Major: 15},
		Dump:  manifest.Dump{Blob: dump.Name, Size: dump.Size, ETag: dump.ETag, SHA256: strings.Repeat("ab", 32)},
		Roles: manifest.Roles{Blob: names.Roles},
	})
}
