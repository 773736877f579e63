package notify

import (
	"context"

	"github.com/pgvault/pgvault/internal/jobs"
)

// scheme is a way to send alerts.
type scheme struct {
	name string
	// signs reports whether a key in the secret signs what is sent.
	signs bool
	send  func(s Sender, ctx context.Context, to address, alert jobs.Alert) (answer string, err error)
}

// schemes returns the known ones. The services are those of shoutrrr that accept
// an HTTP client: for others, hosts and redirects could not be checked.
func schemes() []scheme {
	return []scheme{
		{name: "https", signs: true, send: Sender.sendEvent},
		{name: "teams+https", send: Sender.sendCard},
		{name: "smtp", send: Sender.sendMail},
		{name: "slack", send: Sender.sendSlack},
		{name: "pagerduty", send: Sender.sendPagerDuty},
		{name: "ntfy", send: Sender.sendNtfy},
		{name: "pushover", send: Sender.sendPushover},
	}
}
