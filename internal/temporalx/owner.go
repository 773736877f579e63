package temporalx

import (
	"context"
	"errors"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
)

// Keys of the memo of schedules and jobs.
const (
	memoVaultID  = "pgvaultVault"
	memoVaultURL = "pgvaultContainer"
)

// Owner is the vault that a namespace, a schedule or a job belongs to. The ID
// identifies the vault; the URL is for messages and changes if the vault moves.
type Owner struct{ ID, URL string }

// String returns the ID and the URL, for messages.
func (o Owner) String() string {
	if o.ID == "" {
		return o.URL + ", which has no ID yet"
	}
	return o.ID + " (" + o.URL + ")"
}

// Memo returns the memo of the vault's schedules and jobs.
func (o Owner) Memo() map[string]any {
	if o.ID == "" {
		return nil
	}
	return map[string]any{memoVaultID: o.ID, memoVaultURL: o.URL}
}

func ownerOf(memo *commonpb.Memo) Owner {
	return Owner{ID: memoText(memo.GetFields()[memoVaultID]), URL: memoText(memo.GetFields()[memoVaultURL])}
}

// memoText returns the text of a memo's field, or "" if pgvault did not write
// it.
func memoText(payload any) (text string) {
	if p, ok := payload.(*commonpb.Payload); ok && p != nil {
		_ = converter.GetDefaultDataConverter().FromPayload(p, &text)
	}
	return text
}

// NamespaceOwner returns the vault that the client's namespace belongs to, or
// the zero value if there is none. It is the vault of the sweep's schedule,
// which the first apply creates and of which only one can exist.
func NamespaceOwner(ctx context.Context, c client.Client) (Owner, error) {
	found, err := scheduleHandle(ctx, c, jobs.SweepSchedule).Describe(ctx)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return Owner{}, nil
	}
	if err != nil {
		return Owner{}, RequestError("look for the vault of the Temporal namespace", err)
	}
	owner := ownerOf(found.Memo)
	// The schedule's own memo does not change after its creation.
	if action, ok := found.Schedule.Action.(*client.ScheduleWorkflowAction); ok && memoText(action.Memo[memoVaultID]) == owner.ID {
		owner.URL = memoText(action.Memo[memoVaultURL])
	}
	return owner, nil
}

// OtherNamespace returns the error for a namespace that belongs to another
// vault.
func OtherNamespace(namespace string, owner, own Owner) error {
	return failure.New(failure.NamespaceOfAnotherVault,
		"give each vault a namespace of its own (temporal operator namespace create --namespace NAME) and set TEMPORAL_NAMESPACE to it;\n"+
			"or, if the other vault is meant, set PGVAULT_VAULT (for apply: vault.container in pgvault.yaml) to "+owner.URL,
		"Temporal namespace %q belongs to vault %s; this is vault %s", namespace, owner, own)
}
