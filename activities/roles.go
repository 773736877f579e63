package activities

import (
	"context"

	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/vault"
)

// RolesResult describes a stored roles file.
type RolesResult struct {
	Blob     string   `json:"blob"`
	Size     int64    `json:"size"`
	SHA256   string   `json:"sha256"`
	Count    int      `json:"count"`
	LeftOut  []string `json:"leftOut,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// DumpRoles stores the server's roles, without passwords and without Azure's
// service roles, under a name unique to the attempt.
func (b *Backup) DumpRoles(ctx context.Context, plan BackupPlan) (RolesResult, error) {
	meter := progress.NewMeter(b.Now, "roles")
	return carry(ctx, &b.works, counted(meter), func(ctx context.Context) (RolesResult, error) {
		result, err := b.dumpRoles(ctx, plan, meter)
		return result, endCause(ctx, err)
	})
}

func (b *Backup) dumpRoles(ctx context.Context, plan BackupPlan, meter *progress.Meter) (RolesResult, error) {
	ctx, stop := progress.Watch(ctx, meter, plan.Instance.Dump.WithDefaults().StallTimeout.Std())
	defer stop()
	dumper := dump.Dumper{Source: b.Source, Container: b.Container, Tools: b.Tools}
	done, err := dumper.Roles(ctx, dump.RolesRequest{
		Account: signin.OfInstance(plan.Instance),
		Blob:    vault.AttemptNames(plan.Instance.Name, plan.Point, attemptName(ctx)).Roles,
		Meta:    attemptMeta(plan),
	})
	return RolesResult{
		Blob: done.Blob.Name, Size: done.Blob.Size, SHA256: done.SHA256,
		Count: done.Count, LeftOut: done.LeftOut, Warnings: done.Warnings,
	}, err
}
