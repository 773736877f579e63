package e2e_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// notifies adds a receiver to the world's file. The search for passwords at the end
// of the world finds its address, which contains the canary.
func (w *world) notifies(t *testing.T, name string, address secret.String) {
	t.Helper()
	secretName := w.name + "-" + name
	w.env.Azure.KeyVault.SetSecret(secretName, address)
	w.receivers += fmt.Sprintf("  - {name: %s, url: '%s'}\n", name, w.env.Azure.KeyVault.SecretURL(secretName))
}

// notifyInput is the input of the delivery of an alert.
func (w *world) notifyInput(receiver string) map[string]any {
	return map[string]any{
		"notification": receiver, "url": w.env.Azure.KeyVault.SecretURL(w.name + "-" + receiver),
		"alert": map[string]any{
			"id": "shop/orders/stale/1", "kind": "stale", "state": "raised", "severity": "critical", "instance": "shop/orders", "message": "too old",
		},
	}
}

func TestNotify(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	receiver, moved := localenvtest.Receiver(t), localenvtest.Receiver(t)
	moved.Answer(func(answer http.ResponseWriter, r *http.Request) {
		http.Redirect(answer, r, receiver.URL("/"+canary), http.StatusTemporaryRedirect)
	})
	mail := localenvtest.MailServer(t, localenv.MailServerOptions{}, password())
	key := []byte(canary + "-0123456789abcdefghi")
	w.notifies(t, "hook", secret.New(fmt.Sprintf(`{"address": %q, "key": "whsec_%s"}`, receiver.URL("/hook?sig="+canary), base64.StdEncoding.EncodeToString(key))))
	w.notifies(t, "mail", mail.Address("oncall@example.com"))
	w.notifies(t, "moved", secret.New(moved.URL("/"+canary)))
	w.notifies(t, "stranger", secret.New("https://hooks.example.com/"+canary))
	w.notifies(t, "nonsense", secret.New("postgresql://"+canary+":"+canary+"@localhost/x"))
	w.apply(t, w.unprotected(t, ""))

	// Without a worker of the role watch, a test ends too.
	w.startWorker(t, "PGVAULT_ROLES=backup,restore,prune")
	require.Contains(t, w.failing(t, "ReceiverUnavailable", "notify", "test", "hook", "--within", "1s"), "no worker of the role watch has taken it")
	w.startWorker(t, "PGVAULT_ROLES=watch")

	require.Equal(t, "hook: HTTP 202\n", w.ok(t, "notify", "test", "hook"))
	got := receiver.Received()
	require.Len(t, got, 1)
	var event struct {
		ID, Source, Type string
		Data             struct{ Kind, Summary, Message string }
	}
	require.NoError(t, json.Unmarshal(got[0].Body, &event))
	require.Equal(t, "com.github.pgvault.alert.test", event.Type)
	require.Equal(t, w.vars["PGVAULT_VAULT"], event.Source)
	require.True(t, strings.HasPrefix(event.ID, "notify-test/hook/"), event.ID)
	require.Equal(t, "pgvault: test", event.Data.Summary)
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", event.ID, got[0].Header.Get("Webhook-Timestamp"), got[0].Body)
	require.Equal(t, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)), got[0].Header.Get("Webhook-Signature"))

	out := w.failing(t, "UserErrorNotificationRefused", "notify", "test", "--within", patience.String())
	for _, says := range []string{
		"hook: HTTP 202\n", "mail: SMTP 250\n", "the receiver answers HTTP 307, a redirect, which is not followed",
		"stranger: UserErrorNotTrusted", `notify: ["hooks.example.com"]`, "nonsense: UserErrorSecretValueInUnsupportedFormat",
	} {
		require.Contains(t, out, says)
	}
	require.Len(t, receiver.Received(), 2, "no redirect was followed")
	mails, err := mail.Mails()
	require.NoError(t, err)
	require.Len(t, mails, 1)
	require.Contains(t, mails[0], "Subject: pgvault: test\r\n")

	require.Contains(t, w.failing(t, "UserErrorInvalidConfiguration", "notify", "test", "hok"), `did you mean "hook"?`)

	away := localenvtest.Receiver(t)
	away.Halt()
	w.notifies(t, "away", secret.New(away.URL("/"+canary)))
	w.apply(t)
	eventually(t, func() bool {
		out := w.failing(t, "away: ReceiverUnavailable: no answer within 2s, and the test was cancelled", "notify", "test", "away", "--within", "2s")
		return strings.Contains(out, "it refuses connections")
	}, "the reason is not told")
	// A test that was given up is not sent later.
	eventually(t, func() bool {
		running, err := w.temporal.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{
			Namespace: w.namespace, Query: "WorkflowType = 'Notify' AND ExecutionStatus = 'Running'",
		})
		return err == nil && running.GetCount() == 0
	}, "tests go on")
}

func TestNotifyWithoutReceivers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.apply(t, w.unprotected(t, ""))
	require.Contains(t, w.failing(t, "UserErrorInvalidConfiguration", "notify", "test"), "the vault has no notifications")
}

// A job is delivered when its receiver is back, also if its worker was stopped
// meanwhile.
func TestANotificationOutlivesItsReceiverAndItsWorker(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	receiver := localenvtest.Receiver(t)
	receiver.Halt()
	w.notifies(t, "hook", secret.New(receiver.URL("/"+canary)))
	w.apply(t, w.unprotected(t, ""))
	first := w.startWorker(t)
	id := "notify/hook/shop/orders/stale/1"
	_, err := w.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "pgvault"}, "Notify", w.notifyInput("hook"))
	require.NoError(t, err)
	eventually(t, func() bool {
		pending := w.described(t, id).GetPendingActivities()
		return len(pending) == 1 && pending[0].GetAttempt() > 2
	}, "no attempt fails")
	first.stop(t)
	require.NoError(t, receiver.Resume())
	w.startWorker(t)
	require.NoError(t, w.temporal.GetWorkflow(t.Context(), id, "").Get(t.Context(), nil))
	require.Len(t, receiver.Received(), 1)
	require.Equal(t, map[string]string{"PgvaultOperation": "Notify", "PgvaultInstance": "shop/orders", "PgvaultOutcome": "completed"}, w.attributes(t, id))
}

func TestEveryOutcomeOfANotification(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	receiver := localenvtest.Receiver(t)
	w.notifies(t, "hook", secret.New(receiver.URL("/"+canary)))
	w.apply(t, w.unprotected(t, ""))
	w.startWorker(t)
	require.NoError(t, w.ran(t, "notify/hook/shop/orders/stale/1", "Notify", w.notifyInput("hook")))
	w.outcome(t, "notify/hook/shop/orders/stale/1", enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, "notify_completed")
	require.Regexp(t, `\| send \| done \| \d+s \| HTTP 202 \|`, w.card(t, "notify/hook/shop/orders/stale/1"))

	receiver.Answer(func(answer http.ResponseWriter, _ *http.Request) {
		answer.WriteHeader(http.StatusGone)
		_, _ = fmt.Fprint(answer, canary)
	})
	require.Error(t, w.ran(t, "notify/hook/shop/orders/stale/2", "Notify", w.notifyInput("hook")))
	w.outcome(t, "notify/hook/shop/orders/stale/2", enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, "notify_failed")
	require.Equal(t, "UserErrorNotificationRefused", w.attributes(t, "notify/hook/shop/orders/stale/2")["PgvaultErrorCode"])

	receiver.Answer(nil)
	w.ok(t, "rerun", "notify/hook/shop/orders/stale/2", "--wait")
	got := receiver.Received()
	require.Len(t, got, 3)
	require.Equal(t, eventID(t, got[1]), eventID(t, got[2]))
}

func eventID(t *testing.T, r localenv.Received) string {
	t.Helper()
	var event struct{ ID string }
	require.NoError(t, json.Unmarshal(r.Body, &event))
	require.NotEmpty(t, event.ID)
	return event.ID
}

// More deliveries hang than a worker makes steps of other roles at a time.
func TestAReceiverThatHangsDelaysNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	hanging, receiver := localenvtest.Receiver(t), localenvtest.Receiver(t)
	hanging.Answer(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	w.notifies(t, "hanging", secret.New(hanging.URL("/"+canary)))
	w.notifies(t, "hook", secret.New(receiver.URL("/"+canary)))
	w.apply(t, w.unprotected(t, ""))
	w.startWorker(t)
	const hung = 30
	for n := range hung {
		id := fmt.Sprintf("notify/hanging/shop/orders/stale/%d", n)
		_, err := w.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "pgvault"}, "Notify", w.notifyInput("hanging"))
		require.NoError(t, err)
	}
	eventually(t, func() bool { return len(hanging.Received()) >= hung }, "not all are being sent")
	require.NoError(t, w.ran(t, "notify/hook/shop/orders/stale/1", "Notify", w.notifyInput("hook")))
	require.Len(t, receiver.Received(), 1)
	hanging.Answer(nil)
	for n := range hung {
		require.NoError(t, w.awaitEnd(t, fmt.Sprintf("notify/hanging/shop/orders/stale/%d", n)))
	}
}

// A worker dies when the receiver has the message, and before it answers.
func TestAWorkerThatDiesWhileItSends(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	receiver := localenvtest.Receiver(t)
	receiver.Answer(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	w.notifies(t, "hook", secret.New(receiver.URL("/"+canary)))
	w.apply(t, w.unprotected(t, ""))
	first := w.startWorker(t)
	const id = "notify/hook/shop/orders/stale/1"
	_, err := w.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "pgvault"}, "Notify", w.notifyInput("hook"))
	require.NoError(t, err)
	<-receiver.Arrived()
	first.kill(t)
	receiver.Answer(nil)
	w.startWorker(t)
	require.NoError(t, w.awaitEnd(t, id))
	got := receiver.Received()
	require.Len(t, got, 2)
	require.Equal(t, eventID(t, got[0]), eventID(t, got[1]), "the receiver can recognize the second one")
}
