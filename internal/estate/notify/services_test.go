package notify_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/secret"
)

// slackToken has the form of a token of Slack, and the canary.
const slackToken = "AAAAAAAAA-BBBBBBBBB-c4n4ryc4n4ryc4n4ryc4n4ryxx"

// elsewhere answers requests to services outside of this machine.
type elsewhere struct {
	status       int
	body         string
	method, host string
	path         string
	header       http.Header
	sent         string
}

func (e *elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	e.method, e.host, e.path, e.header, e.sent = r.Method, r.URL.Host, r.URL.Path, r.Header, string(body)
	return &http.Response{StatusCode: e.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(e.body)), Request: r}, err
}

func TestServices(t *testing.T) {
	t.Parallel()
	alert := stale
	alert.Message = "<!channel> & more\x1b"
	alert.State = jobs.AlertReminder
	services := map[string]struct {
		address, host, path, ok string
		accepted                int
		check                   func(t *testing.T, e *elsewhere)
	}{
		"slack": {"slack://hook:" + slackToken + "@webhook", "hooks.slack.com", "/services/AAAAAAAAA/BBBBBBBBB/c4n4ryc4n4ryc4n4ryc4n4ryxx", "ok", 200, func(t *testing.T, e *elsewhere) {
			var sent struct {
				Text        string
				Attachments []struct{ Text string }
			}
			require.NoError(t, json.Unmarshal([]byte(e.sent), &sent))
			require.Equal(t, "pgvault: stale: shop/orders (reminder)", sent.Text)
			require.Equal(t, `&lt;!channel&gt; &amp; more\u001b`, sent.Attachments[0].Text)
		}},
		"slack API": {"slack://xoxb:" + slackToken + "@C0123456789", "slack.com", "/api/chat.postMessage", `{"ok": true}`, 200, func(t *testing.T, e *elsewhere) {
			require.Equal(t, "Bearer xoxb-"+slackToken, e.header.Get("Authorization"))
			require.Contains(t, e.sent, `"channel":"C0123456789"`)
		}},
		"pagerduty": {"pagerduty:///0123456789abcdef0123456789abcdef", "events.pagerduty.com:443", "/v2/enqueue", `{"status": "success"}`, 202, func(t *testing.T, e *elsewhere) {
			var sent map[string]any
			require.NoError(t, json.Unmarshal([]byte(e.sent), &sent))
			require.Equal(t, "trigger", sent["event_action"])
			require.Equal(t, "0123456789abcdef0123456789abcdef", sent["routing_key"])
			require.Regexp(t, "^pgvault/[0-9a-f]{16}/stale/shop/orders$", sent["dedup_key"])
			payload := sent["payload"].(map[string]any)
			require.Equal(t, "critical", payload["severity"])
			require.Contains(t, payload["summary"], "<!channel> & more\\u001b")
		}},
		"ntfy": {"ntfy://u:c4n4ry@ntfy.example.com/topic", "ntfy.example.com", "/topic", `{}`, 200, func(t *testing.T, e *elsewhere) {
			require.Equal(t, "pgvault: stale: shop/orders (reminder)", e.header.Get("Title"))
			require.Contains(t, e.sent, "more\\u001b\n")
		}},
		"pushover": {"pushover://shoutrrr:c4n4ry@user/", "api.pushover.net", "/1/messages.json", `{"status": 1}`, 200, func(t *testing.T, e *elsewhere) {
			form, err := url.ParseQuery(e.sent)
			require.NoError(t, err)
			require.Equal(t, "c4n4ry", form.Get("token"))
			require.Contains(t, form.Get("message"), "more\\u001b\n")
		}},
	}
	for name, c := range services {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &elsewhere{status: c.accepted, body: c.ok}
			s := sender(t, strings.TrimSuffix(c.host, ":443")).Through(e)
			answer, err := s.Send(t.Context(), secret.New(c.address), alert)
			require.NoError(t, err)
			require.Contains(t, answer, "HTTP 20")
			require.Equal(t, "POST "+c.host+c.path, e.method+" "+e.host+e.path)
			c.check(t, e)

			for status, code := range map[int]failure.Code{
				http.StatusForbidden: failure.NotificationRefused, http.StatusTooManyRequests: failure.ReceiverUnavailable,
				http.StatusTemporaryRedirect: failure.NotificationRefused, http.StatusBadGateway: failure.ReceiverUnavailable,
			} {
				e.status, e.body = status, canary
				answer, err := s.Send(t.Context(), secret.New(c.address), alert)
				failed(t, code, answer, err)
			}
		})
	}
}

// Services refuse messages that are too long.
func TestLongMessagesOfServices(t *testing.T) {
	t.Parallel()
	alert := stale
	alert.Message = strings.Repeat("€", 2000)
	e := &elsewhere{status: 200, body: "{}"}
	_, err := sender(t, "api.pushover.net").Through(e).Send(t.Context(), secret.New("pushover://shoutrrr:c4n4ry@user/"), alert)
	require.NoError(t, err)
	form, err := url.ParseQuery(e.sent)
	require.NoError(t, err)
	require.LessOrEqual(t, utf8.RuneCountInString(form.Get("message")), 1024)
	_, err = sender(t, "ntfy.example.com").Through(e).Send(t.Context(), secret.New("ntfy://ntfy.example.com/topic"), alert)
	require.NoError(t, err)
	require.LessOrEqual(t, len(e.sent), 4096)
}

// The first line of each message says what it is about.
func TestSubjects(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]jobs.Alert{
		"pgvault: stale: shop/orders":            {State: jobs.AlertRaised, Kind: instance.AlertStale, Instance: "shop/orders"},
		"pgvault: watch-blind: the vault":        {State: jobs.AlertRaised, Kind: instance.AlertWatchBlind},
		"pgvault: stale: shop/orders (reminder)": {State: jobs.AlertReminder, Kind: instance.AlertStale, Instance: "shop/orders"},
		"pgvault: stale: shop/orders (resolved)": {State: jobs.AlertResolved, Kind: instance.AlertStale, Instance: "shop/orders"},
		"pgvault: stale: several instances":      {State: jobs.AlertDigest, Kind: instance.AlertStale},
		"pgvault: test":                          {State: jobs.AlertTested, Kind: jobs.AlertTest},
	} {
		e := &elsewhere{status: 200, body: "{}"}
		_, err := sender(t, "ntfy.example.com").Through(e).Send(t.Context(), secret.New("ntfy://ntfy.example.com/topic"), a)
		require.NoError(t, err)
		require.Equal(t, want, e.header.Get("Title"))
	}
}

// Slack refuses a message with the status 200.
func TestAServiceThatRefusesInItsBody(t *testing.T) {
	t.Parallel()
	e := &elsewhere{status: 200, body: `{"ok": false, "error": "c4n4ry"}`}
	answer, err := sender(t, "slack.com").Through(e).Send(t.Context(), secret.New("slack://xoxb:"+slackToken+"@C0123456789"), stale)
	require.Contains(t, failed(t, failure.NotificationRefused, answer, err), "HTTP 200 and does not accept the message")
}

func TestPagerDutyResolvesTheIncidentThatItTriggered(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, state := range []jobs.AlertState{jobs.AlertRaised, jobs.AlertResolved} {
		e := &elsewhere{status: 202}
		alert := stale
		alert.State, alert.ID = state, string(state)
		_, err := sender(t, "events.pagerduty.com").Through(e).Send(t.Context(), secret.New("pagerduty:///0123456789abcdef0123456789abcdef"), alert)
		require.NoError(t, err)
		var sent struct {
			Action string `json:"event_action"`
			Key    string `json:"dedup_key"`
		}
		require.NoError(t, json.Unmarshal([]byte(e.sent), &sent))
		require.Equal(t, map[jobs.AlertState]string{jobs.AlertRaised: "trigger", jobs.AlertResolved: "resolve"}[state], sent.Action)
		keys = append(keys, sent.Key)
	}
	require.Equal(t, keys[0], keys[1])
}
