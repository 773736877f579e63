package notify

import (
	"context"
	"net/http"
	"time"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/secret"
)

// Trust says which hosts may receive notifications.
type Trust interface {
	// Notify returns a refusal unless notifications may be sent to a host.
	Notify(host string) error
}

// Sender sends alerts. It is safe for concurrent use.
type Sender struct {
	Trust Trust
	// Source identifies the vault to receivers: the URL of its container.
	Source string
	// Version is the version of this program.
	Version string
	Now     func() time.Time

	// transport is nil for the one with the system's roots.
	transport http.RoundTripper
}

// sendWithin bounds one attempt.
const sendWithin = 30 * time.Second

// Send sends an alert to the address in a secret. It returns the status of the
// answer, such as "HTTP 202". An error is a [failure.Error], or a [Deferred] that
// has one.
func (s Sender) Send(ctx context.Context, stored secret.String, alert jobs.Alert) (answer string, err error) {
	to, err := parseAddress(stored)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	return to.scheme.send(s, ctx, to, alert)
}
