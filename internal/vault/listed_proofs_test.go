package vault_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/vault"
)

// listedProofs returns the records of all instances.
func (p *proving) listedProofs(t *testing.T) (all []vault.ListedProof) {
	t.Helper()
	for one, err := range p.EachProof(t.Context()) {
		require.NoError(t, err)
		all = append(all, one)
	}
	return all
}

// timed returns the record of a drill whose restore took some time.
func (p *proving) timed(run string, took time.Duration) proof.Record {
	r := p.drilled(run)
	begin := r.RecordedAt.Add(-time.Hour)
	r.Phases = []proof.Phase{{Name: proof.PhaseRestore, Begin: begin, End: begin.Add(took)}}
	return r
}

func TestAListingTellsOfDrills(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	has, err := p.HasDrills(t.Context())
	require.NoError(t, err)
	require.False(t, has)
	for range 2 {
		require.NoError(t, p.BeginDrills(t.Context()))
	}
	require.Empty(t, p.listedProofs(t))
	has, err = p.HasDrills(t.Context())
	require.NoError(t, err)
	require.True(t, has)
	_, err = p.AppendProof(t.Context(), p.evidence, p.timed("run-1", 90*time.Second+250*time.Millisecond))
	require.NoError(t, err)
	failed := p.drilled("run-2")
	failed.Verdict, failed.Instance = proof.Failed, orders+"/archive"
	_, err = p.AppendProof(t.Context(), p.evidence, failed)
	require.NoError(t, err)

	all := p.listedProofs(t)
	require.Len(t, all, 2)
	at := p.now().UTC().Truncate(time.Second)
	require.Equal(t, orders, all[0].Instance)
	require.Equal(t, vault.ProofSummary{Point: point1, Verdict: proof.Proven, RecordedAt: at, Restore: 90*time.Second + 250*time.Millisecond}, all[0].ProofSummary)
	require.Equal(t, orders+"/archive", all[1].Instance)
	require.Equal(t, proof.Failed, all[1].Verdict)
	require.Zero(t, all[1].Restore)
	for _, one := range all {
		require.NoError(t, p.CheckProof(t.Context(), vaultID, one))
	}
}

func TestTheNewestRecordAboutAPointCounts(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	p.append(t, "run-1")
	failed := p.drilled("run-2")
	failed.Verdict = proof.Failed
	_, err := p.AppendProof(t.Context(), p.evidence, failed)
	require.NoError(t, err)
	found, err := p.PointProofs(t.Context(), orders)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, proof.Failed, found[point1].Verdict)
}

// TestMetadataOfStrangers: what is not from this program proves nothing, and is never
// younger than the storage says.
func TestMetadataOfStrangers(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	for name, meta := range map[string]blobstore.Meta{
		vault.ProofName(orders, 1): {},
		vault.ProofName(orders, 2): {"verdict": "splendid", "point": "%zz", "recorded": "soon", "restore": "-1"},
		vault.ProofName(orders, 3): {"verdict": "proven", "recorded": "2099-01-01T00:00:00Z", "restore": "9223372036854775807"},
		// Names that no drill gives.
		vault.ProofName(orders, 99_999_999): {"verdict": "proven"},
		"proofs/shop/orders/x.json":         {"verdict": "proven"},
		"proofs/00000001.json":              {"verdict": "proven"},
	} {
		_, err := p.container.PutNew(t.Context(), name, []byte("{}"), meta)
		require.NoError(t, err)
	}
	stored := p.now().UTC()
	var verdicts []proof.Verdict
	for _, one := range p.listedProofs(t) {
		if one.Instance != orders {
			continue
		}
		verdicts = append(verdicts, one.Verdict)
		require.WithinDuration(t, stored, one.RecordedAt, time.Minute)
		require.Zero(t, one.Restore)
		require.Equal(t, failure.SignatureInvalid, failure.CodeOf(p.CheckProof(t.Context(), vaultID, one)))
	}
	require.Equal(t, []proof.Verdict{proof.Failed, proof.Failed, proof.Proven}, verdicts)
}

// TestAForgedRecordIsNoticed: of each record, only what is signed for its place and
// says what the listing says is accepted.
func TestAForgedRecordIsNoticed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		forge func(t *testing.T, p *proving, content []byte, meta blobstore.Meta)
		want  failure.Code
	}{
		"another verdict in its metadata": {func(t *testing.T, p *proving, content []byte, meta blobstore.Meta) {
			meta["verdict"] = "proven"
			p.putProof(t, 1, content, meta)
		}, failure.SignatureInvalid},
		"moved to a later number": {func(t *testing.T, p *proving, content []byte, meta blobstore.Meta) {
			p.putProof(t, 2, content, meta)
		}, failure.SignatureInvalid},
		"signed by nobody": {func(t *testing.T, p *proving, _ []byte, meta blobstore.Meta) {
			p.putProof(t, 1, []byte(`{"payloadType":"application/vnd.pgvault.proof+json","payload":"e30=","signatures":[]}`), meta)
		}, failure.SignatureMissing},
		"cut": {func(t *testing.T, p *proving, content []byte, meta blobstore.Meta) {
			p.putProof(t, 1, content[:100], meta)
		}, failure.SignatureInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setupProving(t, memblob.Options{})
			r := p.drilled("run-1")
			r.Verdict = proof.Failed
			_, err := p.AppendProof(t.Context(), p.evidence, r)
			require.NoError(t, err)
			content, blob, err := p.container.Get(t.Context(), vault.ProofName(orders, 1), 1<<20)
			require.NoError(t, err)
			c.forge(t, p, content, blob.Meta)
			all := p.listedProofs(t)
			err = p.CheckProof(t.Context(), vaultID, all[len(all)-1])
			require.Equal(t, c.want, failure.CodeOf(err), "%v", err)
			require.ErrorContains(t, err, "pgvault proof verify "+orders)
		})
	}
}

func (p *proving) putProof(t *testing.T, sequence int, content []byte, meta blobstore.Meta) {
	t.Helper()
	_, err := p.container.Put(t.Context(), vault.ProofName(orders, sequence), content, meta)
	require.NoError(t, err)
}
