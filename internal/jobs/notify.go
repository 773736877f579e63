package jobs

import (
	"cmp"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
)

// NotifyInput starts a Notify, the delivery of one alert to one receiver.
type NotifyInput struct {
	// Notification is the receiver's name in pgvault.yaml.
	Notification string `json:"notification"`
	// URL is the URL of the Key Vault secret that holds the receiver's address. It
	// is a part of the input, since an alert about an unreadable vault has to be
	// delivered too. The worker's trust file says which secrets may be read.
	URL   string `json:"url"`
	Alert Alert  `json:"alert"`
}

// Check implements [Input].
func (i NotifyInput) Check() error {
	if err := checkPresent("notification", i.Notification); err != nil {
		return err
	}
	if err := instance.CheckNotificationName(i.Notification); err != nil {
		return failure.New(failure.InvalidInput, "give a name of pgvault.yaml", "the job's input: notification: %s", err)
	}
	if err := instance.CheckNotificationURL(i.URL); err != nil {
		return failure.New(failure.InvalidInput, "give the url of the notification in pgvault.yaml", "the job's input: url: %s", err)
	}
	return i.Alert.Check()
}

// NotifyResult is the answer of a receiver.
type NotifyResult struct {
	Notification string `json:"notification"`
	// Answer is the status of the answer, such as "HTTP 202" or "SMTP 250".
	Answer string `json:"answer"`
	// SecretVersion is the version of the secret that held the address.
	SecretVersion string `json:"secretVersion,omitempty"`
}

// NotifyID returns the workflow ID of the delivery of an alert. sequence
// distinguishes it from other deliveries of such alerts. about is the instance, or
// "" for an alert of the vault.
func NotifyID(notification, about string, kind instance.AlertKind, sequence string) string {
	return strings.Join([]string{KindNotify, notification, cmp.Or(about, "-"), string(kind), sequence}, "/")
}
