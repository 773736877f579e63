package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/workflows"
)

// due is a vault of points of 1 MiB that are due, oldest first. A scrub may read
// some MiB of them.
type due struct {
	points []string
	mib    int64
	plans  int
	read   []string
}

func dueOf(total int, mib int64) *due {
	d := &due{mib: mib}
	for n := range total {
		d.points = append(d.points, fmt.Sprintf("%06d", n))
	}
	return d
}

// due mocks the steps of a scrub. find returns the outcome of a point.
func (e *env) due(d *due, find func(point string) (jobs.VerifiedPoint, error)) {
	e.OnActivity("PlanScrub", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.PlanScrubInput) (activities.ScrubPlan, error) {
		d.plans++
		plan := activities.ScrubPlan{Coverage: scrub.Coverage{Points: 5000, ReadPoints: 5000 - len(d.points)}}
		for _, point := range d.points[:min(len(d.points), in.Limit, int(d.mib-in.Read>>20))] {
			plan.Points = append(plan.Points, jobs.ScrubPoint{Instance: "shop/orders", Point: point, DumpSize: 1 << 20})
		}
		return plan, nil
	})
	e.OnActivity("VerifyPoint", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.VerifyPointInput) (jobs.VerifiedPoint, error) {
		d.read = append(d.read, in.Point)
		found, err := find(in.Point)
		if err == nil {
			d.points = d.points[1:]
		}
		return found, err
	})
}

func good(string) (jobs.VerifiedPoint, error) { return jobs.VerifiedPoint{State: jobs.PointGood}, nil }

func TestScrubReadsWhatItMay(t *testing.T) {
	t.Parallel()
	e, d := newEnv(t), dueOf(40, 3)
	e.due(d, good)
	e.ExecuteWorkflow("Scrub")
	require.NoError(t, e.GetWorkflowError())
	var result jobs.ScrubResult
	require.NoError(t, e.GetWorkflowResult(&result))
	require.Equal(t, jobs.ScrubResult{
		Readings: jobs.Readings{Good: 3, Bytes: 3 << 20}, Coverage: scrub.Coverage{Points: 5000, ReadPoints: 4963},
	}, result, "the coverage is that of after the readings")
	require.Equal(t, []string{"000000", "000001", "000002"}, d.read)
	require.Len(t, e.records, 1)
	require.Equal(t, "Scrub", e.records[0].Operation)
	require.Equal(t, int64(3<<20), e.records[0].Work.Bytes)
	require.Contains(t, cardRow(t, e.card(t), "read back"), "| 3 points, 3.0 MiB, 3 good |")
}

func TestScrubOfAVaultWithNothingDue(t *testing.T) {
	t.Parallel()
	e, d := newEnv(t), dueOf(0, 3)
	e.due(d, good)
	e.ExecuteWorkflow(workflows.Scrub, raw(`{}`))
	require.NoError(t, e.GetWorkflowError())
	require.Equal(t, 1, d.plans)
}

// A scrub of any number of points is one job with one record, in runs of bounded
// histories. It names all damaged points, and plans seldom, since a plan lists the
// whole vault.
func TestScrubGoesOnAsANewRun(t *testing.T) {
	t.Parallel()
	d := dueOf(1800, 1700)
	input := raw(`{}`)
	for run := 1; ; run++ {
		e := newEnv(t)
		e.due(d, func(point string) (jobs.VerifiedPoint, error) {
			if point < "001500" {
				return damagedAt("points/"+point+"/dump", 0), nil
			}
			return good(point)
		})
		e.ExecuteWorkflow(workflows.Scrub, input)
		var on *workflow.ContinueAsNewError
		if !errors.As(e.GetWorkflowError(), &on) {
			found := e.failed(t)
			require.Equal(t, failure.VerificationFailed, found.Code)
			require.Contains(t, found.Message, "damaged recovery points: shop/orders 000000: points/000000/dump: other bytes")
			require.Contains(t, found.Message, "and 1450 more points")
			require.Len(t, d.read, 1700, "damaged or not")
			require.Equal(t, 34, run)
			require.Equal(t, 5, d.plans)
			require.Len(t, e.records, 1)
			require.Equal(t, begun, e.records[0].Started.UTC(), "when the first run began")
			return
		}
		require.Empty(t, e.records, "a run that goes on has not ended")
		require.Less(t, len(on.Input.GetPayloads()[0].GetData()), 128<<10)
		input = converter.NewRawValue(on.Input.GetPayloads()[0])
	}
}

// A point that no step can read is the first of the next scrub too.
func TestAPointThatCannotBeReadDoesNotKeepTheOthersFromBeingRead(t *testing.T) {
	t.Parallel()
	e, d := newEnv(t), dueOf(6, 100)
	e.due(d, func(point string) (jobs.VerifiedPoint, error) {
		switch point {
		case "000000":
			return jobs.VerifiedPoint{}, userError(failure.WorkerMemory, "no room")
		case "000002":
			return damagedAt("points/000002/dump", 0), nil
		}
		return good(point)
	})
	e.ExecuteWorkflow(workflows.Scrub, raw(`{}`))
	found := e.failed(t)
	require.Equal(t, failure.VerificationFailed, found.Code)
	require.Contains(t, found.Message, "points/000002/dump")
	require.Contains(t, found.Message, "no room")
	require.Len(t, d.read, 6)
	require.Equal(t, 1, d.plans, "another plan would begin with the same point")
}

func TestAScrubThatCanReadNothingEnds(t *testing.T) {
	t.Parallel()
	e, d := newEnv(t), dueOf(40, 100)
	e.due(d, func(string) (jobs.VerifiedPoint, error) {
		return jobs.VerifiedPoint{}, userError(failure.ContainerNotAccessible, "may not read")
	})
	e.ExecuteWorkflow(workflows.Scrub, raw(`{}`))
	require.Equal(t, failure.ContainerNotAccessible, e.failed(t).Code)
	require.Len(t, d.read, 3)
}
