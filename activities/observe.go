package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/estate/alert"
	"github.com/pgvault/pgvault/internal/estate/survey"
	"github.com/pgvault/pgvault/internal/vault"
)

// Watch has the step that looks for problems. Its identity reads the vault and
// asks the Temporal server, and has no other rights.
type Watch struct {
	Vault  *vault.Vault
	Server survey.Server
}

// Observe reads the vault and returns what the alerts need to know, which is small
// for any vault. It changes nothing.
func (w *Watch) Observe(ctx context.Context) (alert.Run, error) {
	ctx, stop := beatPhase(ctx, "looking for problems")
	defer stop()
	run, err := w.observe(ctx)
	return run, endCause(ctx, err)
}

func (w *Watch) observe(ctx context.Context) (alert.Run, error) {
	e, err := survey.Estate(ctx, w.Vault, w.Server)
	if err != nil {
		return alert.Run{}, err
	}
	settings, err := w.Vault.GetSettings(ctx)
	if err != nil {
		return alert.Run{}, err
	}
	return alert.RunOf(activity.GetInfo(ctx).WorkflowExecution.RunID, e, settings.Notifications), nil
}
