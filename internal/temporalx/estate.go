package temporalx

import (
	"context"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/survey"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx/parallel"
)

// EstateServer answers what an estate needs to know of the Temporal server.
type EstateServer struct {
	client    client.Client
	namespace string
	jobs      *Jobs
}

var _ survey.Server = (*EstateServer)(nil)

// NewEstateServer returns an EstateServer for the namespace of the client's options.
func NewEstateServer(c client.Client, namespace string) *EstateServer {
	return &EstateServer{client: c, namespace: namespace, jobs: NewJobs(c, namespace)}
}

// Schedules returns the schedules of the namespace by ID.
func (s *EstateServer) Schedules(ctx context.Context) (map[string]estate.Schedule, error) {
	all := map[string]estate.Schedule{}
	err := eachListed(ctx, s.client, func(entry *client.ScheduleListEntry) {
		one := estate.Schedule{Paused: entry.Paused, Note: entry.Note}
		if len(entry.NextActionTimes) > 0 {
			one.Next = entry.NextActionTimes[0].UTC()
		}
		all[entry.ID] = one
	})
	return all, err
}

// Running returns the running backups by instance.
func (s *EstateServer) Running(ctx context.Context) (map[string]estate.Running, error) {
	found, err := s.jobs.list(ctx, fmt.Sprintf("WorkflowType = '%s' AND TaskQueue = '%s' AND ExecutionStatus = 'Running'", jobs.TypeBackup, jobs.TaskQueue))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(found))
	for i, j := range found {
		names[i] = "job " + j.ID
	}
	each := make([]estate.Running, len(found))
	err = parallel.Each(ctx, names, func(ctx context.Context, i int) error {
		p, err := s.jobs.Progress(ctx, found[i].ID, found[i].RunID)
		each[i] = estate.Running{
			Job: found[i].ID, RunID: found[i].RunID, Started: found[i].Started.UTC(),
			Step: p.Step, Phase: p.Phase, Attempt: int(p.Attempt), LastError: p.LastError,
		}
		return err
	})
	running := map[string]estate.Running{}
	for i, j := range found {
		// A later job of an instance ends at once if an earlier one does the work.
		if other, ok := running[j.Instance]; !ok || j.Started.Before(other.Started) {
			running[j.Instance] = each[i]
		}
	}
	return running, err
}

// Workers returns the roles without a worker, and by the SHA-256 of each trust file
// the identities of its workers, sorted. A worker counts if it has polled within the
// last minutes.
func (s *EstateServer) Workers(ctx context.Context) (idle []string, trust map[string][]string, err error) {
	trust = map[string][]string{}
	for _, role := range jobs.Roles() {
		described, err := s.client.DescribeTaskQueue(ctx, role.Queue(), enumspb.TASK_QUEUE_TYPE_ACTIVITY)
		if err != nil {
			return nil, nil, RequestError("list the workers of task queue "+role.Queue(), err)
		}
		if len(described.GetPollers()) == 0 {
			idle = append(idle, string(role))
		}
		for _, poller := range described.GetPollers() {
			worker, hash := trustOf(poller.GetIdentity())
			trust[hash] = append(trust[hash], worker)
		}
	}
	for hash := range trust {
		slices.Sort(trust[hash])
		trust[hash] = slices.Compact(trust[hash])
	}
	return idle, trust, nil
}

// Undelivered counts the notifications that were given up since a time, without
// tests.
func (s *EstateServer) Undelivered(ctx context.Context, since time.Time) (int, error) {
	counted, err := s.client.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: s.namespace,
		Query: fmt.Sprintf("WorkflowType = '%s' AND WorkflowId NOT STARTS_WITH '%s/' AND TaskQueue = '%s' AND ExecutionStatus IN ('%s', '%s') AND CloseTime >= '%s'",
			jobs.TypeNotify, jobs.KindNotifyTest, jobs.TaskQueue,
			enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT, since.UTC().Format(time.RFC3339)),
	})
	if err != nil {
		return 0, RequestError("count the undelivered notifications", err)
	}
	return int(counted.GetCount()), nil
}
