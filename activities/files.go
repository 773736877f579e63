package activities

import (
	"context"

	"github.com/pgvault/pgvault/internal/progress"
)

// CopyInput names a point and where its files go.
type CopyInput struct {
	Point     PointRef `json:"point"`
	Container string   `json:"container"`
	Prefix    string   `json:"prefix,omitempty"`
}

// CopiedFiles are the names of the files in the container.
type CopiedFiles struct {
	Names []string `json:"names"`
}

// CopyFiles copies dump, roles and manifest. Nothing is written over: a file
// that an earlier attempt has copied whole is passed over.
func (r *Restore) CopyFiles(ctx context.Context, in CopyInput) (CopiedFiles, error) {
	meter := progress.NewMeter(r.Now, "copy")
	ctx, stop := beatMeter(ctx, meter)
	defer stop()
	defer report(ctx, meter)()
	m, err := r.Vault.GetManifest(ctx, in.Point.Instance, in.Point.Point)
	if err != nil {
		return CopiedFiles{}, because(ctx, err)
	}
	meter.Expect(m.Dump.Size + m.Roles.Size)
	to, err := r.OpenContainer(in.Container)
	if err != nil {
		return CopiedFiles{}, err
	}
	names, err := r.Vault.CopyPoint(ctx, m, in.Point.From, to, in.Prefix, meter.Add)
	return CopiedFiles{Names: names}, because(ctx, err)
}
