package blobstore

import (
	"context"
	"time"
)

const (
	defaultOutageLimit = 5 * time.Minute
	// Small requests are one step of an activity that is itself tried again.
	smallOutageLimit = 30 * time.Second
)

// Container is one blob container. It is safe for concurrent use.
type Container struct {
	backend     Backend
	outageLimit time.Duration
}

// New returns the container of a backend. outageLimit is how long uploads,
// commits, verifications and readers try again while the storage is away; zero
// means five minutes.
func New(b Backend, outageLimit time.Duration) *Container {
	if outageLimit == 0 {
		outageLimit = defaultOutageLimit
	}
	return &Container{backend: b, outageLimit: outageLimit}
}

// Location returns the container's place.
func (c *Container) Location() Location { return c.backend.Location() }

// URL returns the container's URL.
func (c *Container) URL() string { return c.backend.Location().URL }

// ServerTime returns the storage's clock, to the second.
func (c *Container) ServerTime(ctx context.Context) (at time.Time, err error) {
	err = c.small(ctx, "read the storage's clock", func(ctx context.Context) (err error) {
		at, err = c.backend.ServerTime(ctx)
		return err
	})
	return at, err
}

// SoftDeleteDays returns for how many days the storage account itself keeps
// deleted blobs; 0 if it does not. An identity that works with blobs may lack the
// right to read it.
func (c *Container) SoftDeleteDays(ctx context.Context) (days int, err error) {
	err = c.small(ctx, "read the properties of storage account "+c.Location().Account, func(ctx context.Context) (err error) {
		days, err = c.backend.SoftDeleteDays(ctx)
		return err
	})
	return days, err
}

// CheckWrite proves the right to read and to write under a prefix. It leaves
// nothing that a listing shows: a block that is never committed.
func (c *Container) CheckWrite(ctx context.Context, prefix string) error {
	for _, err := range c.List(ctx, prefix) {
		if err != nil {
			return err
		}
		break
	}
	const block = "d3JpdGUtY2hlY2s=" // "write-check"
	return c.small(ctx, "write under "+prefix, func(ctx context.Context) error {
		return c.backend.StageBlock(ctx, prefix+"write-check", block, []byte("pgvault"), unseen)
	})
}

// unseen is for bytes that nobody watches.
func unseen() {}
