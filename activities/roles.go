package activities

import (
	"context"

	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// RolesResult describes a stored roles file.
type RolesResult struct {
	Statement vault.StatementRef `json:"statement"`
	Count     int                `json:"count"`
	Warnings  []string           `json:"warnings,omitempty"`
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
	plan, err := b.applied(ctx, plan)
	if err != nil {
		return RolesResult{}, err
	}
	ctx, stop := progress.Watch(ctx, meter, plan.Instance.Dump.WithDefaults().StallTimeout.Std())
	defer stop()
	dumper := dump.Dumper{Source: b.Source, Container: b.Container, Tools: b.Tools}
	done, err := dumper.Roles(ctx, dump.RolesRequest{
		Account: signin.OfInstance(plan.Instance),
		Blob:    vault.AttemptNames(plan.Instance.Name, plan.Point, attemptName(ctx)).Roles,
		Meta:    attemptMeta(plan),
	})
	if err != nil {
		return RolesResult{}, err
	}
	step, err := b.step(ctx, plan)
	if err != nil {
		return RolesResult{}, err
	}
	ref, err := b.sign(ctx, plan, statement.TypeRoles, statement.Roles{
		Step:     step,
		Roles:    manifest.Roles{Blob: done.Blob.Name, Size: done.Blob.Size, SHA256: done.SHA256, Count: done.Count, LeftOut: done.LeftOut},
		Warnings: done.Warnings,
	})
	return RolesResult{Statement: ref, Count: done.Count, Warnings: done.Warnings}, err
}
