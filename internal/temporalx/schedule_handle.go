package temporalx

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
)

// tries is how often a request about a schedule is made before its failure
// counts. Behind each answer stands a workflow of the server's own, which a busy
// server may take longer to run than the SDK waits, ten seconds.
const tries = 6

// patiently repeats a request that the server answers too late. The request must
// be idempotent.
func patiently(ctx context.Context, request func() error) error {
	for try := 1; ; try++ {
		err := request()
		var late *serviceerror.DeadlineExceeded
		if err == nil || try == tries || ctx.Err() != nil || !errors.As(err, &late) && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
}

// patientHandle is a schedule's handle whose requests are made patiently.
type patientHandle struct {
	client.ScheduleHandle
}

// scheduleHandle returns the handle of a schedule, which need not exist.
func scheduleHandle(ctx context.Context, c client.Client, id string) client.ScheduleHandle {
	return patientHandle{c.ScheduleClient().GetHandle(ctx, id)}
}

// Describe asks again when the answer comes too late.
func (h patientHandle) Describe(ctx context.Context) (found *client.ScheduleDescription, err error) {
	err = patiently(ctx, func() error {
		found, err = h.ScheduleHandle.Describe(ctx)
		return err
	})
	return found, err
}

// Update asks again when the answer comes too late.
func (h patientHandle) Update(ctx context.Context, options client.ScheduleUpdateOptions) error {
	return patiently(ctx, func() error { return h.ScheduleHandle.Update(ctx, options) })
}

// Pause asks again when the answer comes too late.
func (h patientHandle) Pause(ctx context.Context, options client.SchedulePauseOptions) error {
	return patiently(ctx, func() error { return h.ScheduleHandle.Pause(ctx, options) })
}

// Unpause asks again when the answer comes too late.
func (h patientHandle) Unpause(ctx context.Context, options client.ScheduleUnpauseOptions) error {
	return patiently(ctx, func() error { return h.ScheduleHandle.Unpause(ctx, options) })
}

// Delete asks again when the answer comes too late. A second answer may be that
// the schedule is gone.
func (h patientHandle) Delete(ctx context.Context) error {
	return patiently(ctx, func() error { return h.ScheduleHandle.Delete(ctx) })
}
