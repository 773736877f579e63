package temporalx

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
)

// tries is the number of times a request about a schedule is made. The server
// runs a workflow for each answer, and a busy server may need longer than the
// SDK waits, ten seconds.
const tries = 6

// patiently repeats a request that timed out. The request must be idempotent.
func patiently(ctx context.Context, request func() error) error {
	for try := 1; ; try++ {
		err := request()
		var late *serviceerror.DeadlineExceeded
		if err == nil || try == tries || ctx.Err() != nil || !errors.As(err, &late) && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
}

// patientHandle is a schedule's handle that repeats requests that timed out.
type patientHandle struct {
	client.ScheduleHandle
}

// scheduleHandle returns the handle of a schedule, which need not exist.
func scheduleHandle(ctx context.Context, c client.Client, id string) client.ScheduleHandle {
	return patientHandle{c.ScheduleClient().GetHandle(ctx, id)}
}

// Describe repeats the request if it times out.
func (h patientHandle) Describe(ctx context.Context) (found *client.ScheduleDescription, err error) {
	err = patiently(ctx, func() error {
		found, err = h.ScheduleHandle.Describe(ctx)
		return err
	})
	return found, err
}

// Update repeats the request if it times out.
func (h patientHandle) Update(ctx context.Context, options client.ScheduleUpdateOptions) error {
	return patiently(ctx, func() error { return h.ScheduleHandle.Update(ctx, options) })
}

// Pause repeats the request if it times out.
func (h patientHandle) Pause(ctx context.Context, options client.SchedulePauseOptions) error {
	return patiently(ctx, func() error { return h.ScheduleHandle.Pause(ctx, options) })
}

// Unpause repeats the request if it times out.
func (h patientHandle) Unpause(ctx context.Context, options client.ScheduleUnpauseOptions) error {
	return patiently(ctx, func() error { return h.ScheduleHandle.Unpause(ctx, options) })
}

// Delete repeats the request if it times out. A repetition may find the
// schedule deleted.
func (h patientHandle) Delete(ctx context.Context) error {
	return patiently(ctx, func() error { return h.ScheduleHandle.Delete(ctx) })
}
