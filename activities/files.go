package activities

import (
	"context"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/progress"
)

// CopyInput names a point and where its files go.
type CopyInput struct {
	Point     PointRef `json:"point"`
	Container string   `json:"container"`
	Prefix    string   `json:"prefix,omitempty"`
}

// ContainerRef names a container by its URL.
type ContainerRef struct {
	Container string `json:"container"`
}

// CopiedFiles are the names of the files in the container.
type CopiedFiles struct {
	Names []string `json:"names"`
}

// CheckContainer finds whether the container may take the files. It only reads.
func (r *Restore) CheckContainer(ctx context.Context, in ContainerRef) error {
	ctx, stop := beatPhase(ctx, "checking the container")
	defer stop()
	_, err := r.target(ctx, in.Container)
	return endCause(ctx, err)
}

// target opens the container that files go to, which must hold no vault.
func (r *Restore) target(ctx context.Context, containerURL string) (*blobstore.Container, error) {
	to, err := r.OpenContainer(containerURL)
	if err != nil {
		return nil, err
	}
	return to, r.Vault.CheckTarget(ctx, to)
}

// CopyFiles copies dump, roles and manifest. Nothing is written over: a file
// that an earlier attempt has copied whole is skipped.
func (r *Restore) CopyFiles(ctx context.Context, in CopyInput) (CopiedFiles, error) {
	meter := progress.NewMeter(r.Now, "copy")
	return carry(ctx, &r.works, counted(meter), func(ctx context.Context) (CopiedFiles, error) {
		return r.copyFiles(ctx, in, meter)
	})
}

func (r *Restore) copyFiles(ctx context.Context, in CopyInput, meter *progress.Meter) (CopiedFiles, error) {
	m, err := r.Vault.GetManifest(ctx, in.Point.Instance, in.Point.Point)
	if err != nil {
		return CopiedFiles{}, endCause(ctx, err)
	}
	meter.Expect(m.Dump.Size + m.Roles.Size)
	to, err := r.target(ctx, in.Container)
	if err != nil {
		return CopiedFiles{}, endCause(ctx, err)
	}
	names, err := r.Vault.CopyPoint(ctx, m, in.Point.From, to, in.Prefix, meter.Add)
	return CopiedFiles{Names: names}, endCause(ctx, err)
}
