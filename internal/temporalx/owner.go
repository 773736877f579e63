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

// Memos of schedules and jobs that name their vault.
const (
	memoVaultID  = "pgvaultVault"
	memoVaultURL = "pgvaultContainer"
)

// Owner is the vault that a namespace, a schedule or a job belongs to. The ID
// decides; the URL is for people, and changes when a vault moves.
type Owner struct{ ID, URL string }

// String returns the ID and the URL, as messages name a vault.
func (o Owner) String() string {
	if o.ID == "" {
		return o.URL + ", which has no ID yet"
	}
	return o.ID + " (" + o.URL + ")"
}

// Memo returns the memo that marks what belongs to the vault.
func (o Owner) Memo() map[string]any {
	if o.ID == "" {
		return nil
	}
	return map[string]any{memoVaultID: o.ID, memoVaultURL: o.URL}
}

func ownerOf(memo *commonpb.Memo) Owner {
	return Owner{ID: memoText(memo.GetFields()[memoVaultID]), URL: memoText(memo.GetFields()[memoVaultURL])}
}

// memoText returns "" for what pgvault did not write.
func memoText(payload any) (text string) {
	if p, ok := payload.(*commonpb.Payload); ok && p != nil {
		_ = converter.GetDefaultDataConverter().FromPayload(p, &text)
	}
	return text
}

// NamespaceOwner returns the vault that the client's namespace belongs to: that
// of the sweep's schedule, which the first apply makes and no two can. The zero
// value means that the namespace belongs to none.
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
	// The schedule's own memo is from when it was made.
	if action, ok := found.Schedule.Action.(*client.ScheduleWorkflowAction); ok && memoText(action.Memo[memoVaultID]) == owner.ID {
		owner.URL = memoText(action.Memo[memoVaultURL])
	}
	return owner, nil
}

// OtherNamespace returns the error of a namespace that belongs to another vault.
func OtherNamespace(namespace string, owner, own Owner) error {
	return failure.New(failure.NamespaceOfAnotherVault,
		"give each vault a namespace of its own (temporal operator namespace create --namespace NAME) and set TEMPORAL_NAMESPACE to it;\n"+
			"or, if the other vault is meant, set PGVAULT_VAULT (for apply: vault.container in pgvault.yaml) to "+owner.URL,
		"Temporal namespace %q belongs to vault %s; this is vault %s", namespace, owner, own)
}
