package postgres

import (
	"context"
	"time"
)

// placeLimit bounds the wait for the server to free the slot of a connection
// that we or a child closed.
const placeLimit = 5 * time.Second

// IsTooMany reports whether the server has no free connection for a session.
func IsTooMany(err error) bool { return sqlState(err) == "53300" }

// AwaitPlace calls connect, and retries for a while if the server has no free
// connection.
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
