package temporalx_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// Starts, which simulations of policies use, returns exactly the times at which
// the server starts jobs, through a spring and an autumn change of clocks.
func TestStartsAreTheServers(t *testing.T) {
	t.Parallel()
	c, namespace := dial(t)
	from, to := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	var desired []schedule.Desired
	asked := map[string]policy.Schedule{}
	for _, zone := range []string{
		"UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Santiago", "Africa/Cairo", "Asia/Kolkata", "Australia/Sydney",
	} {
		for i, at := range []policy.TimeOfDay{{Minute: 30}, {Hour: 1, Minute: 15}, {Hour: 2, Minute: 45}, {Hour: 3}, {Hour: 23, Minute: 30}} {
			s := policy.Schedule{Times: []policy.TimeOfDay{at}, Days: policy.AllDays(), TimeZone: zone}
			one := instance.Instance{Name: fmt.Sprintf("%s-%d", strings.ToLower(zone), i), Database: "d", Policy: policy.Policy{Name: "p", Schedules: []policy.Schedule{s}}}
			some, err := schedule.Desire(instance.VaultSettings{Sweep: instance.Sweep{Schedule: s}}, []instance.Instance{one})
			require.NoError(t, err)
			desired = append(desired, some[1])
			asked[some[1].ID] = s
		}
	}
	_, err := temporalx.Reconcile(t.Context(), c, owner, desired)
	require.NoError(t, err)
	for _, d := range desired {
		found, err := c.WorkflowService().ListScheduleMatchingTimes(t.Context(), &workflowservice.ListScheduleMatchingTimesRequest{
			Namespace: namespace, ScheduleId: d.ID, StartTime: timestamppb.New(from), EndTime: timestamppb.New(to.Add(-time.Second)),
		})
		require.NoError(t, err)
		var server, ours []string
		for _, at := range found.StartTime {
			server = append(server, at.AsTime().Format(time.RFC3339))
		}
		starts, err := schedule.Starts(asked[d.ID], from, to)
		require.NoError(t, err)
		for _, at := range starts {
			ours = append(ours, at.UTC().Format(time.RFC3339))
		}
		require.Greater(t, len(server), 270)
		require.Empty(t, without(server, ours), "%s: the server's alone", d.ID)
		require.Empty(t, without(ours, server), "%s: ours alone", d.ID)
	}
}

// without returns the elements of some that are not in others.
func without(some, others []string) []string {
	return slices.DeleteFunc(slices.Clone(some), func(text string) bool { return slices.Contains(others, text) })
}
