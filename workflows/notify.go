package workflows

import (
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/jobs"
)

// stepDeliver is the only step of a Notify.
const stepDeliver = "send"

// Notify delivers one alert to one receiver, at least once. It tries for three
// days. A parent starts it with a close policy by which it continues without the
// parent.
func Notify(ctx workflow.Context, raw converter.RawValue) (jobs.NotifyResult, error) {
	j := newJob(ctx, jobs.TypeNotify)
	result, err := notify(ctx, j, raw)
	return result, j.close(ctx, err)
}

func notify(ctx workflow.Context, j *job, raw converter.RawValue) (jobs.NotifyResult, error) {
	input, err := decode[jobs.NotifyInput](raw)
	if err != nil {
		return jobs.NotifyResult{}, err
	}
	j.instance = input.Alert.Instance
	if err := j.describe(ctx); err != nil {
		return jobs.NotifyResult{}, err
	}
	var delivery *activities.Delivery
	c := newCard(ctx, "Notification of "+input.Notification+": "+string(input.Alert.Kind), stepDeliver)
	return step(deliveryActivity(ctx, "Send to "+input.Notification), c, stepDeliver, delivery.Deliver, input,
		func(r jobs.NotifyResult) string { return r.Answer })
}
