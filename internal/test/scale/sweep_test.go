package scale_test

import (
	"context"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/workflows"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

// A sweep of many instances reads listing pages and nothing for each point, and
// its histories are small.
func TestASweepReadsListingPagesAlone(t *testing.T) {
	t.Parallel()
	l := &listing{instances: 130, points: 100}
	container := l.serve(t)
	temporal := dial(t, container, trust.File{})
	done := temporal.sweep(t, "plan", true)
	require.Equal(t, l.instances, done.result.Instances)
	require.Equal(t, l.instances*l.points, done.result.Kept+done.result.Removed)
	require.Equal(t, l.instances*11, done.result.Removed, "ten days too many, and the one that ends today")
	stretches := (l.pages() + 9) / 10
	require.Equal(t, l.pages(), l.asked["page"])
	require.LessOrEqual(t, l.asked["list a point"], stretches, "a point that a stretch's end cuts is looked up")
	require.LessOrEqual(t, l.asked["list an instance"], 3*stretches, "an instance that a stretch's end cuts is planned again")
	require.LessOrEqual(t, l.asked["protection"], stretches, "a stretch begins with a look at the instance that it is in")
	require.Equal(t, stretches, l.asked["clock"])
	require.Equal(t, 2*stretches, l.asked["settings"])
	require.Equal(t, stretches+1, l.asked["put"], "reports and the job's record")
	require.Equal(t, stretches, l.asked["all proofs"], "each stretch asks once whether there are any")
	require.Zero(t, l.asked["proofs of an instance"], "there are none")
	require.Zero(t, l.asked["other"])
	require.Less(t, done.events, 40)
	require.Less(t, done.historyBytes, 64<<10)
}

// A sweep of a vault with drills lists the records of each instance once more, and
// once again where a stretch cuts it.
func TestASweepListsTheProofsOfAnInstanceOnce(t *testing.T) {
	t.Parallel()
	l := &listing{instances: 130, points: 100, drills: 60}
	done := dial(t, l.serve(t), trust.File{}).sweep(t, "plan", true)
	require.Equal(t, l.instances*11, done.result.Removed, "each of the newest points is proven")
	stretches := (l.pages() + 9) / 10
	require.Equal(t, stretches, l.asked["all proofs"], "each stretch asks once whether there are any")
	require.LessOrEqual(t, l.asked["proofs of an instance"], l.instances+stretches)
	require.Zero(t, l.asked["other"])
}

// server is a Temporal namespace with a worker that sweeps the container.
type server struct{ client.Client }

func dial(t testing.TB, container *blobstore.Container, f trust.File) server {
	t.Helper()
	namespace := strings.NewReplacer("/", "-", "#", "-").Replace(t.Name())
	c, err := temporalx.Dial(t.Context(), client.Options{
		HostPort: localenvtest.Temporal(t).Address, Namespace: namespace, Logger: temporalx.NewLogger(zap.NewNop()),
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	_, err = c.WorkflowService().RegisterNamespace(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := temporalx.EnsureSearchAttributes(t.Context(), c, namespace)
		return err == nil
	}, time.Minute, 50*time.Millisecond)
	v := vault.New(container).Trusting(f)
	for _, queue := range []string{jobs.TaskQueue, jobs.RolePrune.Queue(), jobs.RolePrune.TransferQueue()} {
		w := sdkworker.New(c, queue, sdkworker.Options{DisableRegistrationAliasing: true})
		workflows.Register(w)
		w.RegisterActivity(&activities.Prune{Vault: v, Container: container, Temporal: c, Now: time.Now})
		w.RegisterActivity(&activities.Jobs{Vault: v, Temporal: c})
		require.NoError(t, w.Start())
		t.Cleanup(w.Stop)
	}
	return server{c}
}

// swept is the result of a sweep and its cost.
type swept struct {
	result       jobs.SweepResult
	took         time.Duration
	runs, events int
	historyBytes int
	peakHeap     uint64
}

func (s server) sweep(t testing.TB, id string, dryRun bool) swept {
	t.Helper()
	var done swept
	stop := peakHeap(&done.peakHeap)
	begun := time.Now()
	run, err := s.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: jobs.TaskQueue},
		jobs.TypeRetentionSweep, jobs.SweepInput{DryRun: dryRun})
	require.NoError(t, err)
	first := run.GetRunID()
	require.NoError(t, run.Get(t.Context(), &done.result))
	done.took = time.Since(begun)
	stop()
	for next := first; next != ""; done.runs++ {
		var history historypb.History
		events := s.GetWorkflowHistory(t.Context(), id, next, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		next = ""
		for events.HasNext() {
			event, err := events.Next()
			require.NoError(t, err)
			history.Events = append(history.Events, event)
			done.events++
			done.historyBytes += event.Size()
			next = event.GetWorkflowExecutionContinuedAsNewEventAttributes().GetNewExecutionRunId()
		}
		require.NoError(t, temporalx.Replay(zap.NewNop(), workflows.Register, &history))
	}
	return done
}

// peakHeap records the peak size of the heap until it is stopped.
func peakHeap(peak *uint64) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() {
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for {
			metrics.Read(sample)
			*peak = max(*peak, sample[0].Value.Uint64())
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	})
	return func() {
		cancel()
		group.Wait()
	}
}
