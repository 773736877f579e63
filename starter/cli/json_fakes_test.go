package cli_test

import (
	"context"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// nightPoint is the point of the fake results, and tomorrow a time in them.
const nightPoint = "20261128T020000Z-0a1b2c3d"

var tomorrow = time.Date(2026, 11, 29, 2, 0, 0, 0, time.UTC)

// sweepReport and reapplyReport are the blobs that the fake sweep and the fake
// reapplication name.
const (
	sweepReport   = "jobs/2026/11/sweep.report.json"
	reapplyReport = "jobs/2026/11/reapply.report.json"
)

// registerFakes registers jobs whose results have a value in each field.
func registerFakes(w sdkworker.Worker) {
	readings := jobs.Readings{Good: 2, Bytes: 5 << 20, Archived: 1, ArchivedPoints: []string{nightPoint}, Unsigned: 1, Notes: []string{"not signed"}, Gone: 1}
	for name, result := range map[string]any{
		jobs.TypeVerify: jobs.VerifyResult{Readings: readings},
		jobs.TypeScrub: jobs.ScrubResult{Readings: readings, Coverage: scrub.Coverage{
			Points: 3, Bytes: 9 << 20, ReadPoints: 2, ReadBytes: 6 << 20, Never: 1, Oldest: tomorrow.AddDate(0, -1, 0),
		}},
		jobs.TypeDrill: jobs.DrillResult{Point: nightPoint, Server: "db:5432", Record: "proofs/shop/orders/1.json", DrillVerdict: jobs.DrillVerdict{
			Verdict: proof.Partly, NotProven: []string{"materialized view sums"}, MoreNotProven: 1, RestoreTime: 90 * time.Second,
		}},
		jobs.TypeRetentionSweep: jobs.SweepResult{
			Instances: 1, Kept: 1, Removed: 2, Archived: 1, CopiesDropped: 1, LackLock: 2, Locked: 1, NotLocked: "no permission", Doubtful: 1,
			DrillsDropped: 1, Leftovers: []string{"database x on db"}, Stopped: []jobs.SweepStopped{{Instance: "shop/orders", Points: 9, Doomed: 8}},
			Report: sweepReport,
		},
		jobs.TypeDeletePoint:      jobs.PointResult{Point: nightPoint, Until: tomorrow},
		jobs.TypeUndeletePoint:    jobs.PointResult{Point: nightPoint, Until: tomorrow},
		jobs.TypeStopProtection:   jobs.ProtectionResult{State: "stopped, retain as per policy", Before: "protected", Deleted: 1, Until: tomorrow},
		jobs.TypeResumeProtection: jobs.ProtectionResult{State: "protected", Before: "stopped, data deleted"},
		jobs.TypeReapplyPolicy:    jobs.ReapplyPolicyResult{Policy: "p", Points: 1, Longer: 1, Report: reapplyReport},
		jobs.TypeNotify:           jobs.NotifyResult{Notification: "oncall", Answer: "HTTP 202"},
	} {
		// Inputs are strict for the real jobs. Here any will do.
		w.RegisterWorkflowWithOptions(func(workflow.Context, map[string]any) (any, error) { return result, nil }, workflow.RegisterOptions{Name: name})
	}
}

// stumbled counts the attempts of the restore that fails once.
var stumbled atomic.Int32

func fakeCheck(context.Context) error {
	if stumbled.Add(1) == 1 {
		return temporalx.AsTemporal(failure.New(failure.DBNotFound, "create it", "there is no database"))
	}
	return nil
}

// fakeEndless reports progress once and waits until it is cancelled.
func fakeEndless(ctx context.Context) error {
	activity.RecordHeartbeat(ctx, "12 of 40 checks")
	<-ctx.Done()
	return ctx.Err()
}
