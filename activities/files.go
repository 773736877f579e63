package activities

import (
	"context"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/vault"
)

// CopyInput is a request to copy a point's files to a container.
type CopyInput struct {
	Point     PointRef `json:"point"`
	Container string   `json:"container"`
	Prefix    string   `json:"prefix,omitempty"`
}

// ContainerRef identifies a container by its URL.
type ContainerRef struct {
	Container string `json:"container"`
}

// CopiedFiles has the names of the files in the container.
type CopiedFiles struct {
	Names []string `json:"names"`
	// Bytes counts the bytes of the files that this attempt copied.
	Bytes int64       `json:"bytes"`
	By    jobs.Worker `json:"by,omitzero"`
}

// CheckContainer returns an error if files must not be copied to the container.
// It only reads.
func (r *Restore) CheckContainer(ctx context.Context, in ContainerRef) error {
	ctx, stop := beatPhase(ctx, "checking the container")
	defer stop()
	_, err := r.target(ctx, in.Container)
	return endCause(ctx, err)
}

// target opens a container for files, which must not hold a vault.
func (r *Restore) target(ctx context.Context, containerURL string) (*blobstore.Container, error) {
	to, err := r.OpenContainer(containerURL)
	if err != nil {
		return nil, err
	}
	return to, r.Vault.CheckTarget(ctx, to)
}

// CopyFiles copies the dump, block list, roles file and manifest. It overwrites
// nothing and skips files that an earlier attempt has copied whole.
func (r *Restore) CopyFiles(ctx context.Context, in CopyInput) (CopiedFiles, error) {
	meter := progress.NewMeter(r.Now, "copy")
	return carry(ctx, &r.works, counted(meter), func(ctx context.Context) (CopiedFiles, error) {
		return r.copyFiles(ctx, in, meter)
	})
}

func (r *Restore) copyFiles(ctx context.Context, in CopyInput, meter *progress.Meter) (CopiedFiles, error) {
	m, _, err := r.manifest(ctx, in.Point)
	if err != nil {
		return CopiedFiles{}, endCause(ctx, err)
	}
	meter.Expect(m.Dump.Size + m.Roles.Size)
	to, err := r.target(ctx, in.Container)
	if err != nil {
		return CopiedFiles{}, endCause(ctx, err)
	}
	var names []string
	job := memory.Job{Name: "the copy of recovery point " + in.Point.Point, Meter: meter}
	err = r.Memory.Run(ctx, job, vault.CopyMemory(m), func(ctx context.Context, _ *memory.Share) (err error) {
		names, err = r.Vault.CopyPoint(ctx, m, in.Point.From, to, in.Prefix, meter.Add)
		return err
	})
	return CopiedFiles{Names: names, Bytes: meter.Bytes(), By: r.Self.worker(ctx)}, endCause(ctx, err)
}
