package blobstore

import (
	"context"
	"time"
)

const (
	defaultOutageLimit = 5 * time.Minute
	// smallOutageLimit is short because the activity around a small request is
	// itself retried.
	smallOutageLimit = 30 * time.Second
)

// Container is one blob container. It is safe for concurrent use.
type Container struct {
	backend     Backend
	outageLimit time.Duration
}

// New returns the container of a backend. outageLimit bounds the retries of
// uploads, commits, verifications and readers during an outage. Zero means five
// minutes.
func New(b Backend, outageLimit time.Duration) *Container {
	if outageLimit == 0 {
		outageLimit = defaultOutageLimit
	}
	return &Container{backend: b, outageLimit: outageLimit}
}

// Location returns the container's location.
func (c *Container) Location() Location { return c.backend.Location() }

// URL returns the container's URL.
func (c *Container) URL() string { return c.backend.Location().URL }

// ServerTime returns the storage's current time, in whole seconds.
func (c *Container) ServerTime(ctx context.Context) (at time.Time, err error) {
	err = c.small(ctx, "read the storage's clock", func(ctx context.Context) (err error) {
		at, err = c.backend.ServerTime(ctx)
		return err
	})
	return at, err
}

// SoftDeleteDays returns the number of days for which the storage account keeps
// deleted blobs, or 0 if it does not keep them. It needs a right that an
// identity with access to blobs may lack.
func (c *Container) SoftDeleteDays(ctx context.Context) (days int, err error) {
	err = c.small(ctx, "read the properties of storage account "+c.Location().Account, func(ctx context.Context) (err error) {
		days, err = c.backend.SoftDeleteDays(ctx)
		return err
	})
	return days, err
}

// CheckWrite returns an error if the identity cannot read or write under a
// prefix. It stages a block and never commits it, so that no listing shows it.
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

// unseen ignores the progress of a transfer.
func unseen() {}
