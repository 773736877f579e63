package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/report"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
	"github.com/pgvault/pgvault/starter/cli/document"
)

// proving is a vault with an instance and a key for evidence.
type proving struct {
	*vault.Vault
	container *blobstore.Container
	url       string
	key       statementtest.Signer
	file      trust.File
}

func setupProving(t *testing.T) proving {
	t.Helper()
	url := localenvtest.Container(t)
	p := proving{container: containerOf(t, url), url: url, key: statementtest.New(t, "evidence/1")}
	p.file = statementtest.TrustFor(t, "own", false, statementtest.Key{Signer: p.key, Validity: "from: 2020-01-01", Purpose: trust.Evidence})
	p.Vault = vault.New(p.container).Trusting(p.file)
	_, err := p.PutSettings(t.Context(), instance.VaultSettings{Container: url}, "own")
	require.NoError(t, err)
	_, err = p.PutInstance(t.Context(), instance.Instance{
		Name: "shop/orders", Database: "orders", Server: instance.Server{Host: "db"}.WithDefaults(),
		SignIn: instance.SignIn{Entra: &instance.Entra{User: "u"}}, Policy: policy.Policy{Name: "p"},
	})
	require.NoError(t, err)
	return p
}

// drill appends the record of a drill.
func (p proving) drill(t *testing.T, run string, change func(*proof.Record)) vault.ProofRef {
	t.Helper()
	now := time.Now().UTC()
	r := proof.Record{
		Instance: "shop/orders", Job: proof.Job{WorkflowID: "drill/shop/orders", RunID: run, Trigger: "schedule"},
		Point:    proof.Point{ID: "20261128T020000Z-0a1b2c3d", Age: 4 * time.Hour, DumpBytes: 1 << 20},
		Phases:   []proof.Phase{{Name: proof.PhaseRestore, Begin: now.Add(-90 * time.Second), End: now}},
		Compared: proof.Compared{Tables: 12, Rows: 3456}, Dropped: true, RecordedAt: now,
	}
	if change != nil {
		change(&r)
	}
	r.Judge()
	ref, err := p.AppendProof(t.Context(), p.key, r)
	require.NoError(t, err)
	return ref
}

func (p proving) run(t *testing.T, want int, args ...string) (out, errs string) {
	t.Helper()
	var c command
	require.Equal(t, want, c.run(t.Context(), append(args, "--vault", p.url, "--trust", p.file.Name())...), "%v: %s%s", args, c.out.String(), c.errs.String())
	return c.out.String(), c.errs.String()
}

func TestProofCommands(t *testing.T) {
	t.Parallel()
	p := setupProving(t)
	out, _ := p.run(t, 0, "proof", "verify")
	require.Equal(t, "shop/orders: no drill yet\n", out)
	_, errs := p.run(t, 1, "proof", "show", "shop/orders")
	require.Contains(t, errs, "no drill of shop/orders has left a record")
	require.Contains(t, errs, "pgvault drill shop/orders")
	for _, command := range []string{"list", "show", "verify", "report"} {
		_, errs := p.run(t, 2, "proof", command, "shop/order")
		require.Contains(t, errs, `did you mean "shop/orders"?`, command)
	}

	p.drill(t, "run-1", nil)
	second := p.drill(t, "run-2", func(r *proof.Record) {
		r.Compared.Differ(proof.Difference{Kind: "table", Object: "public.\x1b[31morders", What: "rows", Expected: "10 rows", Found: "9 rows"})
		r.Compared.Omit("materialized view public.sums")
	})

	out, _ = p.run(t, 0, "proof", "list", "shop/orders", "-o", "json")
	var listed document.Proofs
	require.NoError(t, json.Unmarshal([]byte(out), &listed))
	rows := listed.Proofs
	require.Len(t, rows, 2)
	require.Equal(t, []document.Verdict{document.NotProven, document.Proven}, []document.Verdict{rows[0].Verdict, rows[1].Verdict})
	require.InDelta(t, 90, rows[1].RestoreSeconds, 0)
	require.Equal(t, "evidence/1", rows[1].KeyID)
	out, _ = p.run(t, 0, "proof", "list", "--all")
	require.Contains(t, out, "shop/orders  2       failed   20261128T020000Z-0a1b2c3d  1m30s")

	out, _ = p.run(t, 0, "proof", "show", "shop/orders")
	for _, says := range []string{
		"record                2 of shop/orders", "verdict               failed", "point                 20261128T020000Z-0a1b2c3d, 4h", "1.0 MiB",
		"  restore             1m30s", "12 tables with 3456 rows", `differs               table public.\u001b[31morders: rows (expected 10 rows, found 9 rows)`,
		"not proven            materialized view public.sums", "signed by             evidence/1; no manifest names it yet",
	} {
		require.Contains(t, out, says)
	}
	out, _ = p.run(t, 0, "proof", "show", "shop/orders", "1", "-o", "json")
	var r document.ProofRecord
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	require.Equal(t, 1, r.Sequence)
	require.InDelta(t, 4*3600, r.Restored.AgeSeconds, 0)
	_, errs = p.run(t, 1, "proof", "show", "shop/orders", "7")
	require.Contains(t, errs, "there is no record 7 of the drills of shop/orders")

	out, _ = p.run(t, 0, "proof", "verify", "shop/orders")
	require.Equal(t, "shop/orders: whole\n  2 records, 2 of them signed; the newest is 2, with the SHA-256 "+second.SHA256+
		"\n  not anchored: records 1 to 2; the next backup's manifest names the newest record\n", out)

	require.NoError(t, p.container.Delete(t.Context(), vault.ProofName("shop/orders", 1)))
	out, _ = p.run(t, 1, "proof", "verify", "shop/orders")
	require.Contains(t, out, "shop/orders: NOT AS DRILLS WROTE IT\n")
	require.Contains(t, out, "\n  missing: record 1 is missing\n")
	out, _ = p.run(t, 1, "proof", "verify", "-o", "json")
	var verified document.ChainsVerified
	require.NoError(t, json.Unmarshal([]byte(out), &verified))
	require.False(t, verified.Whole)
	require.Equal(t, document.RecordMissing, verified.Chains[0].Problems[0].Kind)
	_, errs = p.run(t, 0, "proof", "list", "shop/orders")
	require.Contains(t, errs, "Warning: the records of shop/orders are not as drills wrote them.")
}

// Without the keys nothing is verified, so that verify does not begin.
func TestProofVerifyNeedsATrustFile(t *testing.T) {
	t.Parallel()
	p := setupProving(t)
	p.drill(t, "run-1", nil)
	var verify, list command
	require.Equal(t, 1, verify.run(t.Context(), "proof", "verify", "--vault", p.url))
	require.Contains(t, verify.errs.String(), "PGVAULT_TRUST")
	require.Zero(t, list.run(t.Context(), "proof", "list", "--all", "--vault", p.url), list.errs.String())
	require.Contains(t, list.out.String(), "proven")
	require.NotContains(t, list.out.String(), "evidence/1")
}

func TestProofReport(t *testing.T) {
	t.Parallel()
	p := setupProving(t)
	p.drill(t, "run-1", nil)
	out, _ := p.run(t, 0, "proof", "report", "-o", "json")
	var r document.Report
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	require.Equal(t, p.url, r.Vault)
	require.True(t, r.Verified)
	require.Len(t, r.Controls, len(report.Controls()))
	require.Len(t, r.Instances, 1)
	i := r.Instances[0]
	require.Equal(t, 1, i.Proven)
	require.InDelta(t, 90, i.MedianRestoreSeconds, 0)
	require.Len(t, i.Gaps, 2, "no drills are defined, so that a proof counts for no time")
	require.True(t, i.Chain.Whole)
	require.Equal(t, 1, i.Chain.Signed)

	file := filepath.Join(t.TempDir(), "report.html")
	p.run(t, 0, "proof", "report", "--html", file)
	html, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(html), "shop/orders")
	out, _ = p.run(t, 0, "proof", "report", "shop/orders", "--html", "-")
	require.Contains(t, out, "<!doctype html>")
	out, _ = p.run(t, 0, "proof", "report")
	require.Regexp(t, `(?m)^shop/orders  .*Z  1 +1 +0 +0 +1m30s +2 +whole$`, out)
}
