package survey

import (
	"context"
	"time"

	"github.com/pgvault/pgvault/internal/estate"
)

// Away is a Temporal server that cannot be asked, with the reason.
type Away struct{ Err error }

var _ Server = Away{}

// Schedules returns the reason.
func (a Away) Schedules(context.Context) (map[string]estate.Schedule, error) { return nil, a.Err }

// Running returns the reason.
func (a Away) Running(context.Context) (map[string]estate.Running, error) { return nil, a.Err }

// Workers returns the reason.
func (a Away) Workers(context.Context) (idle []string, trust map[string][]string, err error) {
	return nil, nil, a.Err
}

// Undelivered returns the reason.
func (a Away) Undelivered(context.Context, time.Time) (int, error) { return 0, a.Err }
