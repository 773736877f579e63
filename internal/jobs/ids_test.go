package jobs_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/jobs"
)

func TestSchedulesOfAnInstance(t *testing.T) {
	t.Parallel()
	for n, id := range []string{"backup/shop/orders", "backup/shop/orders:2", "backup/shop/orders:3"} {
		require.Equal(t, id, jobs.NthBackupSchedule("shop/orders", n))
		require.Equal(t, "backup/shop/orders", jobs.FirstSchedule(id))
		instance, ok := jobs.InstanceOfSchedule(id)
		require.True(t, ok)
		require.Equal(t, "shop/orders", instance)
	}
	_, ok := jobs.InstanceOfSchedule(jobs.SweepSchedule)
	require.False(t, ok)
}

func TestJobsOfASchedule(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 27, 2, 0, 0, 0, time.UTC)
	id := jobs.ScheduledID("backup/shop/orders:2", at.In(time.FixedZone("", 3600)))
	require.Equal(t, "backup/shop/orders:2-2026-11-27T02:00:00Z", id)
	schedule, scheduled, ok := jobs.ScheduleOf(id)
	require.True(t, ok)
	require.Equal(t, "backup/shop/orders:2", schedule)
	require.Equal(t, at, scheduled)
	for _, other := range []string{"", "2026-11-27T02:00:00Z", jobs.ID(jobs.KindBackup, "shop/orders", "20261127T020000Z-abcdef"), "backup/shop/orders-yesterday"} {
		_, _, ok := jobs.ScheduleOf(other)
		require.False(t, ok, other)
	}
}

func TestIDsOfJobs(t *testing.T) {
	t.Parallel()
	require.Equal(t, "restore/shop/orders/u", jobs.ID(jobs.KindRestore, "shop/orders", "u"))
	require.Equal(t, "sweep/u", jobs.ID(jobs.KindSweep, "", "u"))
	require.Equal(t, "backup-run/shop/orders", jobs.BackupRunID("shop/orders"))
}
