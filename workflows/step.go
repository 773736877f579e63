package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/temporalx"
)

// step runs an activity and shows it on the card. note returns the card's note
// on the result.
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

// nothing is the result of an activity without one. Its note is empty.
type nothing struct{}

func noNote[T any](T) string { return "" }
