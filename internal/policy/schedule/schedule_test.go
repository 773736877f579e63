package schedule_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/schedule"
)

func TestDesireOfTheExample(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../docs/pgvault.example.yaml")
	require.NoError(t, err)
	file, err := config.Parse(data)
	require.NoError(t, err)
	all, err := schedule.Desire(file.Vault, file.Instances)
	require.NoError(t, err)
	require.Len(t, all, 6)

	sweep, orders, drill, scrub, watch := all[0], all[2], all[3], all[4], all[5]
	require.Equal(t, "sweep", sweep.ID)
	require.Equal(t, "RetentionSweep", sweep.WorkflowType)
	require.True(t, sweep.PauseOnFailure, "after a sweep that failed, none deletes until a person has looked")
	require.Equal(t, json.RawMessage(`{}`), sweep.Input)

	require.Equal(t, schedule.Desired{
		ID: "backup/shop/orders", Times: []policy.TimeOfDay{{Hour: 2, Minute: 30}, {Hour: 22, Minute: 30}}, Days: policy.AllDays(),
		TimeZone: "Europe/Berlin", Jitter: 15 * time.Minute, CatchUp: 6 * time.Hour,
		WorkflowType: "Backup", Input: json.RawMessage(`{"instance":"shop/orders"}`),
		Instance: "shop/orders", Database: "orders", Summary: "Backup of shop/orders",
		Details: "Database `orders` on `shop.postgres.database.azure.com`, by policy `nightly`: 02:30, 22:30 Europe/Berlin every day.",
	}, orders, "one night that fails does not end all nights")
	require.Equal(t, orders.ID, jobs.BackupSchedule("shop/orders"))

	require.Equal(t, "scrub", scrub.ID)
	require.Equal(t, "Scrub", scrub.WorkflowType)
	require.Equal(t, []policy.TimeOfDay{{Hour: 6}}, scrub.Times)
	require.False(t, scrub.PauseOnFailure, "a damaged point does not keep others from being read")
	require.Equal(t, schedule.Desired{
		ID: "drill/shop/orders", Times: []policy.TimeOfDay{{Hour: 6}}, Days: []policy.Weekday{policy.Weekday(time.Sunday)},
		TimeZone: "UTC", CatchUp: 6 * time.Hour, WorkflowType: "Drill", Input: json.RawMessage(`{"instance":"shop/orders"}`),
		Instance: "shop/orders", Database: "orders", Summary: "Drill of shop/orders",
		Details: "Restores the latest point of `shop/orders` to `scratch.postgres.database.azure.com` and compares it with what was dumped: 06:00 UTC on Sun.",
	}, drill)

	require.Equal(t, "watch", watch.ID)
	require.Equal(t, "Watch", watch.WorkflowType)
	require.Equal(t, watch.Every, watch.CatchUp, "after an outage it starts once")
	require.False(t, watch.PauseOnFailure, "a vault that cannot be read is looked at again")
}

func TestEachScheduleOfAPolicyIsOne(t *testing.T) {
	t.Parallel()
	at := func(hour int) policy.Schedule {
		return policy.Schedule{Times: []policy.TimeOfDay{{Hour: hour}}, Days: policy.AllDays(), TimeZone: "UTC"}
	}
	all, err := schedule.Desire(instance.VaultSettings{}, []instance.Instance{{
		Name: "shop/orders", Policy: policy.Policy{Schedules: []policy.Schedule{at(2), at(14), at(18)}},
	}})
	require.NoError(t, err)
	var ids []string
	for n, d := range all[1:4] {
		ids = append(ids, d.ID)
		require.Equal(t, "shop/orders", d.Instance)
		require.Equal(t, []int{2, 14, 18}[n], d.Times[0].Hour)
		require.Equal(t, "backup/shop/orders", jobs.FirstSchedule(d.ID))
	}
	require.Equal(t, []string{"backup/shop/orders", "backup/shop/orders:2", "backup/shop/orders:3"}, ids)
	require.Error(t, instance.CheckName("shop/orders:2"), "no instance's own schedule has such an ID")
}
