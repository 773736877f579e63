package temporalx

import (
	"context"

	"go.temporal.io/sdk/client"
)

// eachListed calls visit for each schedule of the namespace. A listing in pages may
// repeat an entry.
func eachListed(ctx context.Context, c client.Client, visit func(*client.ScheduleListEntry)) error {
	list, err := c.ScheduleClient().List(ctx, client.ScheduleListOptions{PageSize: 1000})
	if err != nil {
		return RequestError("list schedules", err)
	}
	for list.HasNext() {
		entry, err := list.Next()
		if err != nil {
			return RequestError("list schedules", err)
		}
		visit(entry)
	}
	return nil
}
