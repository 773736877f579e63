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

// Jobs asks the server about jobs.
type Jobs struct {
	client    client.Client
	namespace string
}

// NewJobs makes it for the namespace of the client's options.
func NewJobs(c client.Client, namespace string) *Jobs {
	return &Jobs{client: c, namespace: namespace}
}

// StatusContinued is that of a run whose job goes on in a newer one.
const StatusContinued = "continued"

// Job is one workflow execution as the server lists it.
type Job struct {
	ID        string
	RunID     string
	Operation string
	Instance  string
	Point     string
	ErrorCode string
	// Status is "running", "completed", "failed", "cancelled", "terminated" or "timed
	// out", or [StatusContinued].
	Status string
	// Phase says what a running job waits for, if it waits.
	Phase   string
	Started time.Time
	// Ended is zero while the job runs.
	Ended time.Time
	// Schedule is the ID of the schedule that started the job, if one did.
	Schedule string
}

// Failed reports whether the job ended without its work and was not cancelled.
func (j Job) Failed() bool { return j.Status == "failed" || j.Status == "timed out" }

// JobFilter narrows a listing; empty fields do not.
type JobFilter struct {
	Instance string
	Failed   bool
	// Since leaves out jobs that started before.
	Since time.Time
}

func (f JobFilter) query() string {
	types := []string{jobs.TypeBackup, jobs.TypeRestore, jobs.TypeRetentionSweep, jobs.TypeDeletePoint, jobs.TypeUndeletePoint, jobs.TypeStopProtection, jobs.TypeResumeProtection, jobs.TypeReapplyPolicy}
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

// List lists jobs, the newest first, as far back as the server keeps them.
func (j *Jobs) List(ctx context.Context, filter JobFilter) ([]Job, error) {
	request := &workflowservice.ListWorkflowExecutionsRequest{Namespace: j.namespace, Query: filter.query(), PageSize: 500}
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
	// An attribute of another type is somebody else's and reads as unset.
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
