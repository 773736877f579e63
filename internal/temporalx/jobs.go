package temporalx

import (
	"context"
	"fmt"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/pgvault/pgvault/internal/jobs"
)

// Jobs queries the server for jobs.
type Jobs struct {
	client    client.Client
	namespace string
}

// NewJobs returns a Jobs for the namespace of the client's options.
func NewJobs(c client.Client, namespace string) *Jobs {
	return &Jobs{client: c, namespace: namespace}
}

// StatusContinued is the status of a run that was continued as new.
const StatusContinued = "continued"

// Job is a workflow execution as listed by the server.
type Job struct {
	ID        string
	RunID     string
	Operation string
	Instance  string
	Point     string
	ErrorCode string
	// Status is "running", "completed", "failed", "cancelled", "terminated",
	// "timed out" or [StatusContinued].
	Status string
	// Phase is what a running job waits for; empty if it does not wait.
	Phase   string
	Started time.Time
	// Ended is zero while the job is running.
	Ended time.Time
	// Schedule is the ID of the schedule that started the job; empty if none
	// did.
	Schedule string
}

// Failed reports whether the job failed or timed out.
func (j Job) Failed() bool { return j.Status == "failed" || j.Status == "timed out" }

// JobFilter selects jobs of a listing; an empty field selects all.
type JobFilter struct {
	Instance string
	Failed   bool
	// Since is the earliest start.
	Since time.Time
}

func (f JobFilter) query() string {
	types := []string{jobs.TypeBackup, jobs.TypeRestore, jobs.TypeVerify, jobs.TypeScrub, jobs.TypeRetentionSweep, jobs.TypeDeletePoint, jobs.TypeUndeletePoint, jobs.TypeStopProtection, jobs.TypeResumeProtection, jobs.TypeReapplyPolicy, jobs.TypeDrill}
	terms := []string{"WorkflowType IN ('" + strings.Join(types, "', '") + "')", "TaskQueue = '" + jobs.TaskQueue + "'"}
	if f.Instance != "" {
		terms = append(terms, fmt.Sprintf("%s = '%s'", KeyInstance.GetName(), strings.ReplaceAll(f.Instance, "'", "''")))
	}
	if f.Failed {
		terms = append(terms, "ExecutionStatus IN ('Failed', 'TimedOut')")
	}
	if !f.Since.IsZero() {
		terms = append(terms, fmt.Sprintf("StartTime >= '%s'", f.Since.UTC().Format(time.RFC3339)))
	}
	return strings.Join(terms, " AND ")
}

// List returns the jobs that the server still has, newest first.
func (j *Jobs) List(ctx context.Context, filter JobFilter) ([]Job, error) {
	return j.list(ctx, filter.query())
}

func (j *Jobs) list(ctx context.Context, query string) ([]Job, error) {
	request := &workflowservice.ListWorkflowExecutionsRequest{Namespace: j.namespace, Query: query, PageSize: 500}
	var jobs []Job
	for {
		page, err := j.client.ListWorkflow(ctx, request)
		if err != nil {
			return nil, RequestError("list jobs", err)
		}
		for _, execution := range page.GetExecutions() {
			jobs = append(jobs, jobOf(execution))
		}
		if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
			return jobs, nil
		}
	}
}

func jobOf(e *workflowpb.WorkflowExecutionInfo) Job {
	attributes := e.GetSearchAttributes()
	job := Job{
		ID:        e.GetExecution().GetWorkflowId(),
		RunID:     e.GetExecution().GetRunId(),
		Operation: e.GetType().GetName(),
		Instance:  keyword(attributes, KeyInstance),
		Point:     keyword(attributes, KeyPoint),
		ErrorCode: keyword(attributes, KeyErrorCode),
		Phase:     keyword(attributes, KeyPhase),
		Schedule:  keyword(attributes, temporal.NewSearchAttributeKeyKeyword("TemporalScheduledById")),
		Status:    statusText(e.GetStatus()),
		Started:   e.GetStartTime().AsTime(),
	}
	if e.GetCloseTime() != nil {
		job.Ended = e.GetCloseTime().AsTime()
	}
	return job
}

func keyword(attributes *commonpb.SearchAttributes, key temporal.SearchAttributeKeyKeyword) string {
	payload, ok := attributes.GetIndexedFields()[key.GetName()]
	if !ok {
		return ""
	}
	var value string
	// An attribute of another type is not pgvault's and counts as unset.
	_ = converter.GetDefaultDataConverter().FromPayload(payload, &value)
	return value
}

func statusText(s enumspb.WorkflowExecutionStatus) string {
	switch s {
	case enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED:
		return "cancelled"
	case enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return "timed out"
	case enumspb.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW:
		return StatusContinued
	}
	return strings.ToLower(s.String())
}
