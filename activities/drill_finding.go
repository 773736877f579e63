package activities

import (
	"context"
	"encoding/json"
	"fmt"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// DrillFinding is what a step of a drill has found. It passes through the job's
// history, which any client with the right to start workflows could imitate. So
// the step signs it, and [Restore.RecordDrill] takes no other.
type DrillFinding struct {
	// Envelope is a DSSE envelope with a finding.
	Envelope json.RawMessage `json:"envelope"`
	// Note describes the finding in a few words, for the job's card.
	Note string `json:"note"`
}

// finding is the payload of a [DrillFinding]. The fields of one phase are set.
type finding struct {
	VaultID  string      `json:"vaultID"`
	Instance string      `json:"instance"`
	Point    string      `json:"point"`
	Run      string      `json:"run"`
	Phase    proof.Phase `json:"phase"`

	ServerVersion string         `json:"serverVersion,omitempty"`
	Compared      proof.Compared `json:"compared,omitzero"`
	Checks        []proof.Check  `json:"checks,omitempty"`
	AMCheck       proof.AMCheck  `json:"amcheck,omitzero"`
}

// sign returns a finding of the activity's own drill, which ends now.
func (r *Restore) sign(ctx context.Context, work RestoreWork, f finding, note string) (DrillFinding, error) {
	place, err := r.Vault.Place(ctx, work.Point.Instance, work.Point.Point)
	if err != nil {
		return DrillFinding{}, err
	}
	f.VaultID, f.Instance, f.Point, f.Run = place.VaultID, place.Instance, place.Point, ownRun(ctx)
	f.Phase.End = r.Now().UTC()
	payload, err := json.Marshal(f)
	if err != nil {
		return DrillFinding{}, fmt.Errorf("encode what a drill has found: %w", err)
	}
	envelope, err := statement.Seal(ctx, statement.Patient{Signer: r.Signer}, statement.TypeFinding, payload)
	return DrillFinding{Envelope: envelope, Note: note}, err
}

// ownRun returns the run ID of the activity's own workflow.
func ownRun(ctx context.Context) string { return activity.GetInfo(ctx).WorkflowExecution.RunID }

// begun returns a phase that begins now.
func (r *Restore) begun(name string) proof.Phase {
	return proof.Phase{Name: name, Begin: r.Now().UTC()}
}

// open returns a finding of the activity's own drill of the point at a place. It
// returns an error for a finding of another one, and for one that is not signed if the
// trust file names keys.
func (r *Restore) open(ctx context.Context, place statement.Place, sealed DrillFinding) (f finding, err error) {
	e, err := statement.Decode(sealed.Envelope, statement.TypeFinding)
	if err == nil {
		err = r.Vault.AcceptEvidence(e, r.Now())
	}
	if err == nil {
		err = json.Unmarshal(e.Payload, &f)
	}
	if err != nil {
		return f, failure.Wrap(err, failure.SignatureInvalid, "drill the point again", "what a step of the drill has found cannot be used")
	}
	found := statement.Place{VaultID: f.VaultID, Instance: f.Instance, Point: f.Point}
	if found != place || f.Run != ownRun(ctx) {
		return f, foreign("it has a finding of run %q about point %q of instance %q", f.Run, f.Point, f.Instance)
	}
	return f, nil
}
