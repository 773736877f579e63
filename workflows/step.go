package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/temporalx"
)

// step runs one activity and shows it on the card. note tells what came of it.
func step[T any](ctx workflow.Context, c *card, name string, activity, input any, note func(T) string) (T, error) {
	var result T
	c.begin(ctx, name)
	if err := workflow.ExecuteActivity(ctx, activity, input).Get(ctx, &result); err != nil {
		c.failed(ctx, name, temporalx.Failure(err).Error())
		return result, err
	}
	c.done(ctx, name, note(result))
	return result, nil
}

// nothing is the result of an activity that has none, and the note of one with
// nothing to tell.
type nothing struct{}

func noNote[T any](T) string { return "" }
