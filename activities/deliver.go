package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/estate/notify"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/trust"
)

// Delivery has the step that sends notifications. Its identity reads the Key
// Vault secrets that hold addresses, and nothing else.
type Delivery struct {
	Secrets *azure.Secrets
	Trust   trust.File
	Sender  notify.Sender
}

// Deliver sends an alert to a receiver. Each attempt reads its address again.
// Receivers may get an alert twice, if the result was not recorded; both have the
// same ID.
func (d *Delivery) Deliver(ctx context.Context, in jobs.NotifyInput) (jobs.NotifyResult, error) {
	ctx, stop := beatPhase(ctx, "sending")
	defer stop()
	result, err := d.deliver(ctx, in)
	return result, deferred(endCause(ctx, err), activity.GetInfo(ctx).Attempt)
}

func (d *Delivery) deliver(ctx context.Context, in jobs.NotifyInput) (jobs.NotifyResult, error) {
	if err := d.Trust.NotifySecret(in.URL); err != nil {
		return jobs.NotifyResult{}, err
	}
	stored, err := d.Secrets.Newest(ctx, in.URL)
	if err != nil {
		return jobs.NotifyResult{}, notification(err, in)
	}
	answer, err := d.Sender.Send(ctx, stored.Value, in.Alert)
	if err != nil {
		return jobs.NotifyResult{}, notification(err, in)
	}
	return jobs.NotifyResult{Notification: in.Notification, Answer: answer, SecretVersion: stored.Version}, nil
}

// notification names the receiver in an error.
func notification(err error, in jobs.NotifyInput) error {
	var f *failure.Error
	if errors.As(err, &f) {
		f.Message = "notification " + in.Notification + " (" + in.URL + "): " + f.Message
	}
	return err
}

// pausePerAttempt and longestPause bound the wait for the next attempt from below,
// so that a receiver cannot ask for many attempts.
const (
	pausePerAttempt = 10 * time.Second
	longestPause    = 5 * time.Minute
)

// deferred lets the next attempt wait for at least as long as the receiver wants.
func deferred(err error, attempt int32) error {
	var later *notify.Deferred
	if errors.As(err, &later) {
		return temporalx.After(later.Err, max(later.After, min(time.Duration(attempt)*pausePerAttempt, longestPause)))
	}
	return err
}
