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
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/workflows"
)

// stored mocks an instance of the given number of points, whose read-backs
// return what find returns.
func (e *env) stored(total int, find func(point string) (jobs.VerifiedPoint, error)) {
	e.OnActivity("PointsToRead", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.PointsToReadInput) (activities.PointsToRead, error) {
		var found activities.PointsToRead
		for n := total; n > 0; n-- {
			if id := fmt.Sprintf("%06d", n); in.Before == "" || id < in.Before {
				found.Total++
				if found.More = found.Total > in.Limit; !found.More {
					found.Points = append(found.Points, activities.PointToRead{Point: id, DumpSize: 1 << 20})
				}
			}
		}
		return found, nil
	})
	e.OnActivity("VerifyPoint", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.VerifyPointInput) (jobs.VerifiedPoint, error) {
		return find(in.Point)
	})
}

func damagedAt(blob string, offset int64) jobs.VerifiedPoint {
	return jobs.VerifiedPoint{State: jobs.PointDamaged, Damage: []manifest.Damage{{Blob: blob, Offset: offset, Size: 10, What: manifest.WhatBytes}}}
}

func TestVerifyReadsTheOthersAndThenFails(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	read := 0
	e.stored(5, func(point string) (jobs.VerifiedPoint, error) {
		read++
		switch point {
		case "000005":
			return damagedAt("points/000005/dump", 170), nil
		case "000004":
			return jobs.VerifiedPoint{State: jobs.PointArchived}, nil
		case "000002":
			return damagedAt("points/000002/roles", 0), nil
		}
		return jobs.VerifiedPoint{State: jobs.PointGood}, nil
	})
	e.ExecuteWorkflow(workflows.Verify, raw(`{"instance":"shop/orders","all":true}`))
	found := e.failed(t)
	require.Equal(t, failure.VerificationFailed, found.Code)
	require.Equal(t, "damaged recovery points of shop/orders: 000005: points/000005/dump: other bytes at offset 170, 10 bytes; "+
		"000002: points/000002/roles: other bytes at offset 0, 10 bytes", found.Message)
	require.Contains(t, found.Action, "pgvault backup shop/orders")
	require.Equal(t, 5, read, "each once, damaged or not")
	require.Contains(t, cardRow(t, e.card(t), "read back"), "| 5 of 5 points, 2 good, 2 damaged, 1 in the archive tier, not read |")
	require.Len(t, e.records, 1)
	require.Equal(t, "VerificationFailed", e.records[0].Code)
}

// A permanently failed step does not hide the damage found before.
func TestVerifyTellsOfDamageThoughItCannotGoOn(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.stored(3, func(point string) (jobs.VerifiedPoint, error) {
		if point == "000003" {
			return damagedAt("points/000003/dump", 0), nil
		}
		return jobs.VerifiedPoint{}, userError(failure.ContainerNotAccessible, "may not read")
	})
	e.ExecuteWorkflow(workflows.Verify, raw(`{"instance":"shop/orders","all":true}`))
	found := e.failed(t)
	require.Equal(t, failure.VerificationFailed, found.Code)
	require.Contains(t, found.Message, "000003: points/000003/dump")
	require.Contains(t, found.Message, "may not read")

	e = newEnv(t)
	e.stored(3, func(string) (jobs.VerifiedPoint, error) {
		return jobs.VerifiedPoint{}, userError(failure.ContainerNotAccessible, "may not read")
	})
	e.ExecuteWorkflow(workflows.Verify, raw(`{"instance":"shop/orders"}`))
	require.Equal(t, failure.ContainerNotAccessible, e.failed(t).Code)
}

// A verification of any number of points is one job with one record, in runs of
// bounded histories. It names all damaged points.
func TestVerifyGoesOnAsANewRun(t *testing.T) {
	t.Parallel()
	const total = 3000
	input := raw(`{"instance":"shop/orders","all":true}`)
	for run := 1; ; run++ {
		e := newEnv(t)
		e.stored(total, func(point string) (jobs.VerifiedPoint, error) {
			if point > "001500" {
				return damagedAt("points/"+point+"/dump", 0), nil
			}
			return jobs.VerifiedPoint{State: jobs.PointGood}, nil
		})
		e.ExecuteWorkflow(workflows.Verify, input)
		var on *workflow.ContinueAsNewError
		if !errors.As(e.GetWorkflowError(), &on) {
			found := e.failed(t)
			require.Contains(t, found.Message, "003000: points/003000/dump")
			require.Contains(t, found.Message, "and 1450 more points")
			require.Contains(t, cardRow(t, e.card(t), "read back"), "3000 of 3000 points, 1500 good, 1500 damaged")
			require.Equal(t, 60, run)
			require.Len(t, e.records, 1)
			require.Equal(t, begun, e.records[0].Started.UTC(), "when the first run began")
			return
		}
		require.Empty(t, e.records, "a run that goes on has not ended")
		require.Less(t, len(on.Input.GetPayloads()[0].GetData()), 64<<10)
		input = converter.NewRawValue(on.Input.GetPayloads()[0])
	}
}

func TestVerifyOfOnePoint(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.OnActivity("PointsToRead", mock.Anything, mock.MatchedBy(func(in activities.PointsToReadInput) bool { return in.Point == "" && !in.All })).
		Return(activities.PointsToRead{Points: []activities.PointToRead{{Point: "p", DumpSize: 7}}, Total: 1, Bytes: 7}, nil)
	e.OnActivity("VerifyPoint", mock.Anything, mock.Anything).Return(jobs.VerifiedPoint{State: jobs.PointGood}, nil)
	e.ExecuteWorkflow(workflows.Verify, raw(`{"instance":"shop/orders","point":"","all":false}`))
	require.NoError(t, e.GetWorkflowError())
	var result jobs.VerifyResult
	require.NoError(t, e.GetWorkflowResult(&result))
	require.Equal(t, jobs.VerifyResult{Instance: "shop/orders", Readings: jobs.Readings{Good: 1, Bytes: 7}}, result)
	require.Equal(t, "p", e.records[0].Point)
	require.Equal(t, "Verify", e.records[0].Operation)
}
