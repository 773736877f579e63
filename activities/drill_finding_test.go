package activities_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

// TestARecordTakesNoForgedFinding: a client that may start workflows can pass
// any finding to the step that records a drill.
func TestARecordTakesNoForgedFinding(t *testing.T) {
	t.Parallel()
	c := newCommitter(t)
	evidence, stranger := statementtest.New(t, "evidence/1"), statementtest.New(t, "stranger/1")
	file := statementtest.Trust(t, true, statementtest.Key{Signer: evidence, Validity: "from: 2026-01-01", Purpose: trust.Evidence},
		statementtest.Key{Signer: c.signer, Validity: "from: 2026-01-01"})
	drills := func(s statement.Signer) *activities.Restore {
		return &activities.Restore{Vault: vault.New(c.backup.Container).Trusting(file), Signer: s, Now: time.Now}
	}
	work := activities.RestoreWork{Point: activities.PointRef{Instance: orders, Point: vault.PointID(night, "00000001")}, Drill: &instance.Drill{}}
	other := work
	other.Point.Point = vault.PointID(night, "00000002")
	resealed := func(t *testing.T, change func(*statement.Envelope)) func(activities.DrillFinding) activities.DrillFinding {
		return func(f activities.DrillFinding) activities.DrillFinding {
			return activities.DrillFinding{Envelope: edited(t, change)(f.Envelope)}
		}
	}
	for name, forged := range map[string]struct {
		work   activities.RestoreWork
		signer statement.Signer
		change func(activities.DrillFinding) activities.DrillFinding
		code   failure.Code
	}{
		"genuine":          {work: work, signer: evidence},
		"by a stranger":    {work: work, signer: stranger, code: failure.SignatureInvalid},
		"by another key":   {work: work, signer: c.signer, code: failure.SignatureInvalid},
		"of another point": {work: other, signer: evidence, code: failure.InvalidInput},
		"not signed":       {work: work, signer: evidence, change: resealed(t, func(e *statement.Envelope) { e.Signatures = nil }), code: failure.SignatureInvalid},
		"of another kind":  {work: work, signer: evidence, change: resealed(t, func(e *statement.Envelope) { e.PayloadType = statement.TypeProof }), code: failure.SignatureInvalid},
		"of another verdict": {work: work, signer: evidence, change: resealed(t, func(e *statement.Envelope) {
			e.Payload = json.RawMessage(strings.Replace(string(e.Payload), `"tables":1`, `"tables":2`, 1))
		}), code: failure.SignatureInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestActivityEnvironment()
			step := func(ctx context.Context) (int, error) {
				f, err := activities.SignFinding(ctx, drills(forged.signer), forged.work)
				require.NoError(t, err)
				if forged.change != nil {
					f = forged.change(f)
				}
				tables, err := activities.TablesOfFindings(ctx, drills(evidence), work, f)
				require.Equal(t, forged.code, failure.CodeOf(err), "%v", err)
				return tables, nil
			}
			env.RegisterActivity(step)
			value, err := env.ExecuteActivity(step)
			require.NoError(t, err)
			var tables int
			require.NoError(t, value.Get(&tables))
			require.Equal(t, forged.code == "", tables == 1, "%d", tables)
		})
	}
}
