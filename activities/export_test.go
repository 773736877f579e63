package activities

import (
	"context"
	"time"

	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// Carrier is exported for tests of work that outlives its attempt.
type Carrier = carrier

// Carry carries work without a meter.
func Carry(ctx context.Context, c *Carrier, do func(context.Context) (string, error)) (string, error) {
	return carry(ctx, c, counted(progress.NewMeter(time.Now, "work")), do)
}

// Announce announces details in the work of Carry.
func Announce(ctx context.Context, details string) error {
	return announce(ctx, func() any { return details })
}

// CheckFingerprints returns the refusal of a point that has no fingerprints.
func CheckFingerprints(r *Restore, m manifest.Manifest) error {
	_, err := r.fingerprints(m)
	return err
}

// SignFinding signs a finding that compared one table.
func SignFinding(ctx context.Context, r *Restore, work RestoreWork) (DrillFinding, error) {
	return r.sign(ctx, work, finding{Phase: r.begun(proof.PhaseRows), Compared: proof.Compared{Tables: 1}}, "")
}

// TablesOfFindings returns the number of tables that a record takes from findings.
func TablesOfFindings(ctx context.Context, r *Restore, work RestoreWork, findings ...DrillFinding) (int, error) {
	var record proof.Record
	_, err := r.addFindings(ctx, DrillRecordInput{Work: work, Findings: findings}, &record)
	return record.Compared.Tables, err
}
