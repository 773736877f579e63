package activities

import (
	"context"

	"github.com/pgvault/pgvault/internal/jobs"
)

// Self is what the worker knows of itself, for the records of jobs.
type Self struct {
	Host, Version string
	// ObjectID returns the object ID of the worker's identity, or "" if it cannot be
	// read; nil if the worker has none.
	ObjectID func(context.Context) string
}

func (s Self) worker(ctx context.Context) jobs.Worker {
	w := jobs.Worker{Host: s.Host, Version: s.Version}
	if s.ObjectID != nil {
		w.ObjectID = s.ObjectID(ctx)
	}
	return w
}
