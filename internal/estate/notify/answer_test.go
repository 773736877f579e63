package notify_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate/notify"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// The status of an answer decides, and nothing of its body is told.
func TestAnswers(t *testing.T) {
	t.Parallel()
	receiver := localenvtest.Receiver(t)
	for _, c := range []struct {
		status int
		code   failure.Code
		after  string
		waits  time.Duration
	}{
		{status: 200}, {status: 204},
		{400, failure.NotificationRefused, "", 0}, {401, failure.NotificationRefused, "", 0}, {404, failure.NotificationRefused, "7", 0},
		{410, failure.NotificationRefused, "", 0}, {422, failure.NotificationRefused, "", 0},
		{408, failure.ReceiverUnavailable, "", 0}, {425, failure.ReceiverUnavailable, "", 0}, {500, failure.ReceiverUnavailable, "", 0},
		{502, failure.ReceiverUnavailable, "soon", 0},
		{429, failure.ReceiverUnavailable, "7", 7 * time.Second},
		{429, failure.ReceiverUnavailable, "-5", time.Second},
		{429, failure.ReceiverUnavailable, "99999999999999999999", 0},
		{503, failure.ReceiverUnavailable, "86400", time.Hour},
		{503, failure.ReceiverUnavailable, now.Add(time.Minute).Format(http.TimeFormat), time.Minute},
		{503, failure.ReceiverUnavailable, now.AddDate(-1, 0, 0).Format(http.TimeFormat), time.Second},
	} {
		receiver.Answer(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", c.after)
			w.WriteHeader(c.status)
			_, _ = fmt.Fprint(w, "no, ", canary)
		})
		answer, err := sender(t, "localhost").Send(t.Context(), secret.New(receiver.URL("/"+canary)), stale)
		if c.code == "" {
			require.NoError(t, err)
			require.Equal(t, fmt.Sprintf("HTTP %d", c.status), answer)
			continue
		}
		require.Contains(t, failed(t, c.code, answer, err), fmt.Sprintf("HTTP %d", c.status))
		var later *notify.Deferred
		if c.waits == 0 {
			require.False(t, errors.As(err, &later), "%d %s", c.status, c.after)
			continue
		}
		require.ErrorAs(t, err, &later)
		require.Equal(t, c.waits, later.After, c.after)
	}
}

func TestAReceiverThatHangs(t *testing.T) {
	t.Parallel()
	receiver := localenvtest.Receiver(t)
	receiver.Answer(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-receiver.Arrived()
		cancel()
	}()
	answer, err := sender(t, "localhost").Send(ctx, secret.New(receiver.URL("/"+canary)), stale)
	require.Contains(t, failed(t, failure.ReceiverUnavailable, answer, err), "does not answer in time")
}

func TestAReceiverThatIsAway(t *testing.T) {
	t.Parallel()
	receiver := localenvtest.Receiver(t)
	receiver.Halt()
	s, address := sender(t, "localhost", "no-such-receiver.invalid"), secret.New(receiver.URL("/"+canary))
	answer, err := s.Send(t.Context(), address, stale)
	require.Contains(t, failed(t, failure.ReceiverUnavailable, answer, err), "it refuses connections")
	answer, err = s.Send(t.Context(), secret.New("https://no-such-receiver.invalid/"+canary), stale)
	require.Contains(t, failed(t, failure.ReceiverUnavailable, answer, err), "its host name")
	require.NoError(t, receiver.Resume())
	_, err = s.Send(t.Context(), address, stale)
	require.NoError(t, err)
	require.Len(t, receiver.Received(), 1)

	receiver.Answer(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	answer, err = s.Send(t.Context(), address, stale)
	require.Contains(t, failed(t, failure.ReceiverUnavailable, answer, err), "the connection is lost")
}

// An answer that ends too early may be a refusal, so that the message is sent again.
func TestAnAnswerThatIsCut(t *testing.T) {
	t.Parallel()
	receiver := localenvtest.Receiver(t)
	receiver.Answer(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = fmt.Fprint(w, "{")
	})
	address := secret.New(fmt.Sprintf("ntfy://u:%s@localhost:%d/topic", canary, receiver.Port))
	answer, err := sender(t, "localhost").Send(t.Context(), address, stale)
	require.Contains(t, failed(t, failure.ReceiverUnavailable, answer, err), "the connection is lost")
	receiver.Answer(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "{}") })
	answer, err = sender(t, "localhost").Send(t.Context(), address, stale)
	require.NoError(t, err)
	require.Equal(t, "HTTP 200", answer)
}

// The certificate has to be valid for the receiver, and be of an authority that
// the worker trusts.
func TestACertificateThatDoesNotVerify(t *testing.T) {
	t.Parallel()
	ca := localenvtest.CA(t)
	expired, err := ca.Expired()
	require.NoError(t, err)
	elsewhere, err := ca.Issue([]string{"hooks.example.com"}, time.Now().Add(time.Hour))
	require.NoError(t, err)
	stranger := httptest.NewUnstartedServer(nil)
	stranger.StartTLS()
	t.Cleanup(stranger.Close)
	configs := []*tls.Config{{Certificates: stranger.TLS.Certificates}}
	for _, c := range []localenv.Certificate{expired, elsewhere} {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		require.NoError(t, err)
		configs = append(configs, &tls.Config{Certificates: []tls.Certificate{pair}})
	}
	for _, config := range configs {
		receiver, err := localenv.StartReceiverWith(config)
		require.NoError(t, err)
		t.Cleanup(receiver.Stop)
		answer, err := sender(t, "localhost").Send(t.Context(), secret.New(receiver.URL("/"+canary)), stale)
		require.Contains(t, failed(t, failure.ReceiverUnavailable, answer, err), "its certificate does not verify")
		require.Empty(t, receiver.Received())
	}
}

// No packet goes to a host that the trust file does not list.
func TestAHostThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	for _, scheme := range []string{"https", "teams+https", "smtp", "ntfy"} {
		address := secret.New(fmt.Sprintf("%s://u:%s@%s/%s?from=a@example.com&to=b@example.com", scheme, canary, l.Addr(), canary))
		if scheme == "ntfy" {
			address = secret.New(fmt.Sprintf("ntfy://u:%s@%s/%s", canary, l.Addr(), canary))
		}
		answer, err := sender(t, "localhost").Send(t.Context(), address, stale)
		require.Contains(t, failed(t, failure.NotTrusted, answer, err), `notify: ["127.0.0.1"]`)
	}
	for host, address := range map[string]string{
		"hooks.slack.com":      "slack://hook:" + slackToken + "@webhook",
		"slack.com":            "slack://xoxb:" + slackToken + "@C0123456789",
		"events.pagerduty.com": "pagerduty:///0123456789abcdef0123456789abcdef",
		"api.pushover.net":     "pushover://shoutrrr:" + canary + "@user/",
	} {
		answer, err := sender(t, "localhost").Send(t.Context(), secret.New(address), stale)
		require.Contains(t, failed(t, failure.NotTrusted, answer, err), fmt.Sprintf("notify: [%q]", host))
	}
	own, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = own.Close() })
	first, err := l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = first.Close() })
	require.Equal(t, own.LocalAddr().String(), first.RemoteAddr().String(), "a packet was sent before")
}
