package activities_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.uber.org/zap"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/estate/notify"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/workflows"
)

// addressCanary is part of every address.
const addressCanary = "c4n4ry-of-the-address"

// notifying is a Notify in Temporal's test environment, whose time passes at once,
// with a real Key Vault.
type notifying struct {
	*testsuite.TestWorkflowEnvironment
	url string
	// tried has the times of the attempts.
	tried []time.Time
}

// newNotify returns a Notify to an address, on a worker that trusts localhost.
func newNotify(t *testing.T, address string) *notifying {
	t.Helper()
	vault := localenvtest.Azure(t).KeyVault
	credential, err := azure.Credential()
	require.NoError(t, err)
	file, err := trust.Parse(fmt.Appendf(nil, "notify: [localhost]\nnotifySecrets: ['%s/secrets/*']", vault.URL), "trust.yaml")
	require.NoError(t, err)
	n := &notifying{url: vault.SetSecret(localenvtest.Unique(), secret.New(address))}
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(temporalx.NewLogger(zap.NewNop()))
	n.TestWorkflowEnvironment = suite.NewTestWorkflowEnvironment()
	n.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{temporalx.NewErrorInterceptor(), activities.NewInputInterceptor()}})
	n.SetOnActivityStartedListener(func(*activity.Info, context.Context, converter.EncodedValues) { n.tried = append(n.tried, n.Now()) })
	workflows.Register(n)
	n.RegisterActivity(&activities.Delivery{
		Secrets: azure.NewSecrets(credential, azure.Options{DisableChallengeResourceVerification: true, RetryDelay: time.Millisecond}), Trust: file,
		Sender: notify.Sender{Trust: file, Source: "https://example.blob.core.windows.net/vault", Version: "test", Now: n.Now},
	})
	return n
}

// run runs the job to its end and returns how long it took.
func (n *notifying) run(t *testing.T) time.Duration {
	t.Helper()
	began := n.Now()
	n.ExecuteWorkflow(workflows.Notify, converter.NewRawValue(&commonpb.Payload{
		Metadata: map[string][]byte{converter.MetadataEncoding: []byte(converter.MetadataEncodingJSON)},
		Data: fmt.Appendf(nil, `{"notification": "oncall", "url": %q, "alert": {
			"id": "shop/orders/stale/7", "kind": "stale", "state": "raised", "severity": "critical", "instance": "shop/orders", "message": "too old"
		}}`, n.url),
	}))
	require.True(t, n.IsWorkflowCompleted())
	return n.Now().Sub(began)
}

func (n *notifying) delivered(t *testing.T) jobs.NotifyResult {
	t.Helper()
	var result jobs.NotifyResult
	require.NoError(t, n.GetWorkflowError())
	require.NoError(t, n.GetWorkflowResult(&result))
	require.Equal(t, "oncall", result.Notification)
	require.NotEmpty(t, result.SecretVersion)
	return result
}

func (n *notifying) failed(t *testing.T, code failure.Code) *failure.Error {
	t.Helper()
	f := temporalx.Failure(n.GetWorkflowError())
	require.NotNil(t, f)
	require.Equal(t, code, f.Code, "%v", f)
	require.NotContains(t, f.Error(), addressCanary)
	return f
}

func TestANotificationIsDeliveredOnceItsReceiverIsBack(t *testing.T) {
	t.Parallel()
	receiver := localenvtest.Receiver(t)
	receiver.Halt()
	n := newNotify(t, receiver.URL("/"+addressCanary))
	n.RegisterDelayedCallback(func() { require.NoError(t, receiver.Resume()) }, 24*time.Hour)
	took := n.run(t)
	require.Equal(t, "HTTP 202", n.delivered(t).Answer)
	require.GreaterOrEqual(t, took, 24*time.Hour)
	require.LessOrEqual(t, took, 24*time.Hour+5*time.Minute, "that of the time in the test environment")
	require.Len(t, receiver.Received(), 1)
	require.Greater(t, len(n.tried), 280)
}

func TestANotificationIsGivenUpAfterThreeDays(t *testing.T) {
	t.Parallel()
	receiver := localenvtest.Receiver(t)
	receiver.Answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	n := newNotify(t, receiver.URL("/"+addressCanary))
	took := n.run(t)
	f := n.failed(t, failure.ReceiverUnavailable)
	require.Contains(t, f.Message, "notification oncall (https://localhost:")
	require.Contains(t, f.Message, "HTTP 502")
	require.Greater(t, took, 3*24*time.Hour-6*time.Minute)
	require.LessOrEqual(t, took, 3*24*time.Hour)
	for _, r := range receiver.Received() {
		require.Contains(t, string(r.Body), `"id":"shop/orders/stale/7"`, "every attempt has the same ID")
	}
}

// The receiver says when it takes messages again, within bounds.
func TestANotificationWaitsAsItsReceiverWants(t *testing.T) {
	t.Parallel()
	receiver := localenvtest.Receiver(t)
	waits := []string{"1", "100", "864000"}
	receiver.Answer(func(w http.ResponseWriter, _ *http.Request) {
		tried := len(receiver.Received()) - 1
		if tried == len(waits) {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Retry-After", waits[tried])
		w.WriteHeader(http.StatusTooManyRequests)
	})
	n := newNotify(t, receiver.URL("/"+addressCanary))
	n.run(t)
	require.Equal(t, "HTTP 204", n.delivered(t).Answer)
	require.Equal(t, 10*time.Second+100*time.Second+time.Hour, n.tried[len(n.tried)-1].Sub(n.tried[0]).Round(time.Second))
}

// A person has to mend it, so that no attempt follows.
func TestANotificationThatFailsAtOnce(t *testing.T) {
	t.Parallel()
	receiver, other := localenvtest.Receiver(t), localenvtest.Receiver(t)
	receiver.Answer(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/moved":
			http.Redirect(w, r, other.URL("/"+addressCanary), http.StatusTemporaryRedirect)
		}
	})
	for address, code := range map[string]failure.Code{
		receiver.URL("/gone?" + addressCanary):  failure.NotificationRefused,
		receiver.URL("/moved?" + addressCanary): failure.NotificationRefused,
		"https://127.0.0.1/" + addressCanary:    failure.NotTrusted,
		addressCanary:                           failure.SecretFormat,
	} {
		n := newNotify(t, address)
		n.run(t)
		require.NotEmpty(t, n.failed(t, code).Action)
		require.Len(t, n.tried, 1, address)
	}
	require.Empty(t, other.Received())
}

// A job may not choose the secret: a password is no address, and the token for Key
// Vault goes to listed Key Vaults only.
func TestANotificationByAnotherSecret(t *testing.T) {
	t.Parallel()
	for url, code := range map[string]failure.Code{
		"https://contoso.vault.azure.net/secrets/oncall":                                     failure.NotTrusted,
		localenvtest.Azure(t).KeyVault.URL + "/secrets/no-such-secret":                       failure.InvalidSecret,
		localenvtest.Azure(t).KeyVault.SetSecret("pw", secret.New("postgresql://u:p@db/x")):  failure.SecretFormat,
		localenvtest.Azure(t).KeyVault.SecretURL("pw") + "/0123456789abcdef0123456789abcdef": failure.InvalidInput,
	} {
		n := newNotify(t, "unused")
		n.url = url
		n.run(t)
		require.NotEmpty(t, n.failed(t, code).Message)
	}
}
