package temporalx

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/jobs"
)

// HeldSchedules returns the schedules of an instance that start no jobs: the paused
// ones, or the first if the instance has none. It asks for one after another, since a
// listing may be late.
func HeldSchedules(ctx context.Context, c client.Client, instance string) ([]estate.HeldSchedule, error) {
	var held []estate.HeldSchedule
	for n := 0; ; n++ {
		id := jobs.NthBackupSchedule(instance, n)
		found, err := scheduleHandle(ctx, c, id).Describe(ctx)
		var missing *serviceerror.NotFound
		switch {
		case errors.As(err, &missing) && n == 0:
			return []estate.HeldSchedule{{ID: id, Missing: true}}, nil
		case errors.As(err, &missing):
			return held, nil
		case err != nil:
			return nil, RequestError("describe schedule "+id, err)
		}
		if state := found.Schedule.State; state.Paused {
			held = append(held, estate.HeldSchedule{ID: id, Note: state.Note})
		}
	}
}
