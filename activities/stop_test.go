package activities_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// silence is a network in which nothing answers, and a vault with one
// instance's definition.
type silence struct {
	signintest.Everyone
	asked chan struct{}
}

func (s silence) hang(ctx context.Context) error {
	select {
	case s.asked <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

func (s silence) Newest(ctx context.Context, _ string) (azure.Secret, error) {
	return azure.Secret{}, s.hang(ctx)
}

func (s silence) PostgresToken(ctx context.Context) (secret.String, error) {
	return secret.String{}, s.hang(ctx)
}

func (s silence) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func (s silence) Do(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "known/instance.json") {
		return nil, s.hang(r.Context())
	}
	content, err := json.Marshal(instance.Instance{Name: "known", SignIn: instance.SignIn{KeyVaultSecret: "https://v.vault.azure.net/secrets/s"}, Database: "d", Server: instance.Server{Host: "192.0.2.1"}.WithDefaults()})
	if err != nil {
		return nil, err
	}
	answer := &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Etag": {`"1"`}}, ContentLength: int64(len(content)),
		Body: io.NopCloser(bytes.NewReader(content)), Request: r,
	}
	answer.Header.Set("Content-Length", "0")
	if r.Method == http.MethodHead {
		answer.Body = http.NoBody
	}
	answer.Header.Set("Content-Length", json.Number(itoa(len(content))).String())
	return answer, nil
}

func itoa(n int) string { text, _ := json.Marshal(n); return string(text) }

// silentTemporal is a server that answers no request for a history.
type silentTemporal struct {
	client.Client
	silence
}

func (s silentTemporal) GetWorkflowHistory(ctx context.Context, _, _ string, _ bool, _ enumspb.HistoryEventFilterType) client.HistoryEventIterator {
	return silentHistory{ctx, s.asked}
}

type silentHistory struct {
	ctx   context.Context
	asked chan<- struct{}
}

func (silentHistory) HasNext() bool { return true }

func (h silentHistory) Next() (*historypb.HistoryEvent, error) {
	h.asked <- struct{}{}
	<-h.ctx.Done()
	return nil, h.ctx.Err()
}

// Every step heartbeats: the same watch ends a step when its worker stops or
// its job is cancelled. Every step has a heartbeat timeout, so that one without
// heartbeats would be given up whenever a server answers late.
func TestStepsEndWhenTheWorkerStops(t *testing.T) {
	t.Parallel()
	s := silence{asked: make(chan struct{}, 1)}
	container, err := azureblob.Open("https://account.blob.core.windows.net/vault", s, azureblob.Options{Transport: s})
	require.NoError(t, err)
	backup := &activities.Backup{Vault: vault.New(container), Container: container, Source: s, Signer: statement.Unsigned{}, Now: time.Now}
	restore := &activities.Restore{Vault: vault.New(container), Source: s, Now: time.Now}
	prune := &activities.Prune{Vault: vault.New(container), Container: container, Now: time.Now}
	records := &activities.Jobs{Vault: vault.New(container), Temporal: silentTemporal{silence: s}}
	silent := instance.Instance{Name: "silent", SignIn: instance.SignIn{KeyVaultSecret: "https://v.vault.azure.net/secrets/s"}}
	for _, step := range []struct {
		name     string
		activity any
		input    any
	}{
		{"Plan", backup.Plan, activities.PlanInput{Instance: "silent"}},
		{"FetchSecret", backup.FetchSecret, activities.BackupPlan{Instance: silent}},
		{"Validate", backup.Validate, activities.BackupPlan{Instance: silent}},
		{"Inspect", backup.Inspect, activities.InstanceRef{Instance: "silent"}},
		{"Inspect in mid-check", backup.Inspect, activities.InstanceRef{Instance: "known"}},
		{"Commit", backup.Commit, activities.CommitInput{Plan: activities.BackupPlan{Trigger: jobs.Trigger{Kind: "schedule"}}}},
		{"FindPoint", restore.FindPoint, activities.FindPointInput{Instance: "silent"}},
		{"Hold", restore.Hold, activities.HoldInput{}},
		{"CheckTarget", restore.CheckTarget, activities.RestoreWork{}},
		{"PublishDatabase", restore.PublishDatabase, activities.PublishInput{}},
		{"DropTarget", restore.DropTarget, activities.RestoreWork{}},
		{"DiscardAttempt", prune.DiscardAttempt, activities.BackupPlan{}},
		{"ReleaseHold", prune.ReleaseHold, activities.HoldInput{}},
		{"CancelRehydration", prune.CancelRehydration, activities.HoldInput{}},
		{"RecordJob", records.RecordJob, jobs.Record{}},
	} {
		t.Run(step.name, func(t *testing.T) {
			stop := make(chan struct{})
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestActivityEnvironment()
			env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{temporalx.NewErrorInterceptor()}})
			env.SetWorkerStopChannel(stop)
			env.SetTestTimeout(time.Minute)
			env.RegisterActivity(backup)
			env.RegisterActivity(restore)
			env.RegisterActivity(prune)
			env.RegisterActivity(records)
			go func() {
				<-s.asked
				close(stop)
			}()
			_, err := env.ExecuteActivity(step.activity, step.input)
			require.Error(t, err)
			require.Equal(t, failure.WorkerStopping, temporalx.Failure(err).Code, errors.Unwrap(err))
		})
	}
}
