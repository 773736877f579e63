package notify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/slack"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/incident/pagerduty"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/push/ntfy"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/push/pushover"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/jobs"
)

// slackText escapes what Slack gives a meaning. A mention begins with "<".
var slackText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// slackAPI is the method of Slack's API for tokens other than those of webhooks.
const slackAPI = "https://slack.com/api/chat.postMessage"

// sendSlack posts the library's message itself, since the library accepts no
// client.
func (s Sender) sendSlack(ctx context.Context, to address, a jobs.Alert) (string, error) {
	config, err := slack.CreateConfigFromURL(to.url)
	if err != nil {
		return "", badAddress("it is not slack://hook:TOKEN@webhook or slack://TOKEN@CHANNEL")
	}
	config.Title = subject(a)
	body, err := json.Marshal(slack.CreateJSONPayload(config, slackText.Replace(s.text(a))))
	if err != nil {
		return "", fmt.Errorf("encode the message: %w", err)
	}
	url, header := config.Token.WebhookURL(), http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	if config.Token.IsAPIToken() {
		url = slackAPI
		header.Set("Authorization", config.Token.Authorization())
	}
	l := s.line(ctx)
	return l.outcome(postSlack(l, url, header, body))
}

// errNotAccepted is the error of an answer that says so in its body.
var errNotAccepted = errors.New("the service does not accept the message")

func postSlack(l *line, url string, header http.Header, body []byte) error {
	request, err := http.NewRequestWithContext(l.ctx, http.MethodPost, url, strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	request.Header = header
	response, err := l.client().Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || url != slackAPI {
		return err
	}
	var said slack.APIResponse
	if json.Unmarshal(text, &said) != nil || !said.Ok {
		return errNotAccepted
	}
	return nil
}

// pagerDutyHost is the host of PagerDuty's events, if the address names none.
const pagerDutyHost = "events.pagerduty.com"

// sendPagerDuty triggers or resolves an incident. Its key is made of the vault, the
// kind and the instance, so that reminders repeat an incident and the resolution
// ends it.
func (s Sender) sendPagerDuty(ctx context.Context, to address, a jobs.Alert) (string, error) {
	l := s.line(ctx)
	var service pagerduty.Service
	service.SetHTTPClient(l.client())
	if service.Initialize(to.url, nil) != nil {
		return "", badAddress("it is not pagerduty://events.pagerduty.com/INTEGRATION-KEY")
	}
	service.Config.Host = cmp.Or(service.Config.Host, pagerDutyHost)
	service.Config.Port = cmp.Or(service.Config.Port, 443)
	action := "trigger"
	if a.State == jobs.AlertResolved {
		action = "resolve"
	}
	vault := sha256.Sum256([]byte(s.Source))
	return l.outcome(service.SendWithContext(ctx, subject(a)+"\n"+s.text(a), &types.Params{
		"severity": string(a.Severity), "source": s.Source, "action": action,
		"dedup_key": fmt.Sprintf("pgvault/%x/%s/%s", vault[:8], a.Kind, a.Instance),
	}))
}

// maxNtfy bounds a message of ntfy, which makes a file of more than 4096 bytes.
const maxNtfy = 4000

func (s Sender) sendNtfy(ctx context.Context, to address, a jobs.Alert) (string, error) {
	l := s.line(ctx)
	var service ntfy.Service
	if service.Initialize(to.url, nil) != nil {
		return "", badAddress("it is not ntfy://HOST/TOPIC")
	}
	service.SetHTTPClient(l.client())
	return l.outcome(service.Send(printable.Cut(s.text(a), maxNtfy), &types.Params{"title": subject(a)}))
}

// maxPushover bounds a message of Pushover, which accepts 1024 characters.
const maxPushover = 1000

func (s Sender) sendPushover(ctx context.Context, to address, a jobs.Alert) (string, error) {
	l := s.line(ctx)
	var service pushover.Service
	if service.Initialize(to.url, nil) != nil {
		return "", badAddress("it is not pushover://shoutrrr:TOKEN@USER/")
	}
	service.Client = l.client()
	return l.outcome(service.Send(printable.Cut(s.text(a), maxPushover), &types.Params{"title": subject(a)}))
}
