package postgres

import (
	"context"
	"time"
)

// placeLimit bounds the wait for a connection that was given up, by us or by a
// child, and that the server still counts.
const placeLimit = 5 * time.Second

// IsTooMany reports whether the server has no free connection for a session.
func IsTooMany(err error) bool { return sqlState(err) == "53300" }

// AwaitPlace connects by the function, again for a while when the server has no
// free connection.
func AwaitPlace(ctx context.Context, connect func() error) error {
	limit := time.NewTimer(placeLimit)
	defer limit.Stop()
	again := time.NewTicker(placeLimit / 50)
	defer again.Stop()
	for {
		err := connect()
		if !IsTooMany(err) {
			return err
		}
		select {
		case <-again.C:
		case <-limit.C:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
