package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/secret"
)

// event is a CloudEvent 1.0. Its fields are public.
type event struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"`
	Source          string    `json:"source"`
	Type            string    `json:"type"`
	Subject         string    `json:"subject,omitempty"`
	Time            time.Time `json:"time"`
	DataContentType string    `json:"datacontenttype"`
	Data            eventData `json:"data"`
}

type eventData struct {
	Kind     instance.AlertKind `json:"kind"`
	State    jobs.AlertState    `json:"state"`
	Severity jobs.AlertSeverity `json:"severity"`
	Instance string             `json:"instance,omitempty"`
	Summary  string             `json:"summary"`
	Message  string             `json:"message"`
	Remedy   string             `json:"remedy,omitempty"`
	Since    time.Time          `json:"since,omitzero"`
}

// eventType begins the type of every event; the state of the alert follows.
const eventType = "com.github.pgvault.alert."

func (s Sender) event(a jobs.Alert) event {
	return event{
		SpecVersion: "1.0", ID: a.ID, Source: s.Source, Type: eventType + string(a.State), Subject: a.Instance,
		Time: s.Now().UTC(), DataContentType: "application/json",
		Data: eventData{
			Kind: a.Kind, State: a.State, Severity: a.Severity, Instance: a.Instance, Summary: subject(a),
			Message: safe(a.Message), Remedy: safe(a.Remedy), Since: a.Since,
		},
	}
}

// sendEvent posts a CloudEvent in structured mode.
func (s Sender) sendEvent(ctx context.Context, to address, a jobs.Alert) (string, error) {
	body, err := json.Marshal(s.event(a))
	if err != nil {
		return "", fmt.Errorf("encode the event: %w", err)
	}
	header := http.Header{"Content-Type": {"application/cloudevents+json; charset=utf-8"}}
	if !to.key.IsZero() {
		sign(header, to.key, a.ID, s.Now(), body)
	}
	return s.post(ctx, to.url.String(), header, body)
}

// sign adds the headers of a signature of Standard Webhooks, by HMAC-SHA256 over
// the ID, the time of the attempt and the body.
func sign(header http.Header, key secret.String, id string, at time.Time, body []byte) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	header.Set("Webhook-Id", id)
	header.Set("Webhook-Timestamp", stamp)
	header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// post posts a body to a URL and returns the status of the answer.
func (s Sender) post(ctx context.Context, url string, header http.Header, body []byte) (string, error) {
	line := s.line(ctx)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return "", badAddress("it is not an address")
	}
	request.Header = header
	response, err := line.client().Do(request)
	if err == nil {
		defer response.Body.Close()
	}
	return line.outcome(err)
}
