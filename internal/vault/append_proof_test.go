package vault_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

// proving is a vault whose trust file pins keys of manifests and of evidence.
type proving struct {
	*signing
	evidence statementtest.Signer
	file     trust.File
}

func setupProving(t *testing.T, o memblob.Options) *proving {
	t.Helper()
	p := &proving{signing: setupSigning(t, o), evidence: statementtest.New(t, "evidence/1")}
	p.file = statementtest.TrustFor(t, vaultID, true,
		statementtest.Key{Signer: p.key, Validity: always},
		statementtest.Key{Signer: p.evidence, Validity: always, Purpose: trust.Evidence})
	p.Vault = p.Vault.Trusting(p.file)
	return p
}

// drilled returns the record of a drill of a run.
func (p *proving) drilled(run string) proof.Record {
	return proof.Record{
		PgvaultVersion: "1.0", Instance: orders, Job: proof.Job{WorkflowID: "drill/" + orders, RunID: run, Trigger: "schedule"},
		Point: proof.Point{ID: point1}, Verdict: proof.Proven, Dropped: true, RecordedAt: p.now().UTC(),
	}
}

func (p *proving) append(t *testing.T, run string) vault.ProofRef {
	t.Helper()
	ref, err := p.AppendProof(t.Context(), p.evidence, p.drilled(run))
	require.NoError(t, err)
	return ref
}

// proofAt returns a stored record and the hash of its blob.
func (b bundle) proofAt(t *testing.T, sequence int) (proof.Record, string) {
	t.Helper()
	content, _, err := b.container.Get(t.Context(), vault.ProofName(orders, sequence), 1<<20)
	require.NoError(t, err)
	e, err := statement.Decode(content, statement.TypeProof)
	require.NoError(t, err)
	var r proof.Record
	require.NoError(t, json.Unmarshal(e.Payload, &r))
	return r, blobstore.HashOf(content)
}

func TestRecordsOfDrillsAreAChain(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	previous := ""
	for n := 1; n <= 3; n++ {
		ref := p.append(t, fmt.Sprintf("run-%d", n))
		r, sum := p.proofAt(t, n)
		require.Equal(t, vault.ProofRef{Blob: fmt.Sprintf("proofs/shop/orders/0000000%d.json", n), Sequence: n, SHA256: sum, KeyID: "evidence/1"}, ref)
		require.Equal(t, n, r.Sequence)
		require.Equal(t, previous, r.Previous)
		require.Equal(t, vaultID, r.VaultID)
		require.Equal(t, proof.FormatVersion, r.FormatVersion)
		previous = sum
	}
	all, err := p.ListProofs(t.Context(), orders)
	require.NoError(t, err)
	require.Len(t, all, 3)
	content, err := p.ReadProof(t.Context(), all[2])
	require.NoError(t, err)
	require.Equal(t, previous, blobstore.HashOf(content))
}

// The records of "shop" are not those of "shop/orders", nor the other way round.
func TestChainsOfInstancesWhoseNamesBeginAlike(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	p.append(t, "run-1")
	outer := p.drilled("run-2")
	outer.Instance = "shop"
	ref, err := p.AppendProof(t.Context(), p.evidence, outer)
	require.NoError(t, err)
	require.Equal(t, "proofs/shop/00000001.json", ref.Blob)
	instances, err := p.ListInstances(t.Context())
	require.NoError(t, err)
	require.Empty(t, instances, "a record makes no instance")
}

// An activity that is tried again, in a vault with the record of its first attempt.
func TestTheRecordOfARunIsStoredOnce(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	first := p.append(t, "run-1")
	p.append(t, "run-2")
	again := p.drilled("run-1")
	again.RecordedAt = again.RecordedAt.Add(time.Minute)
	ref, err := p.AppendProof(t.Context(), p.evidence, again)
	require.NoError(t, err)
	require.Equal(t, first, ref)
	p.requireProofs(t, 2)
}

func (p *proving) requireProofs(t *testing.T, n int) {
	t.Helper()
	all, err := p.ListProofs(t.Context(), orders)
	require.NoError(t, err)
	require.Len(t, all, n)
}

func TestALostAnswerStoresARecordOnce(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	p.storage.Inject(memblob.Fault{Ops: []memblob.Op{memblob.Put}, Times: 1, Lost: true})
	require.Equal(t, 1, p.append(t, "run-1").Sequence)
	require.Equal(t, 2, p.append(t, "run-2").Sequence)
	p.requireProofs(t, 2)
}

// meanwhile signs after it has done something.
type meanwhile struct {
	statement.Signer
	do func()
}

func (m meanwhile) Sign(ctx context.Context, digest [sha256.Size]byte) (statement.Signature, error) {
	m.do()
	return m.Signer.Sign(ctx, digest)
}

func TestARecordThatLosesARaceIsAppendedBehindTheOther(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	var once sync.Once
	signer := meanwhile{p.evidence, func() { once.Do(func() { p.append(t, "run-2") }) }}
	ref, err := p.AppendProof(t.Context(), signer, p.drilled("run-1"))
	require.NoError(t, err)
	require.Equal(t, 2, ref.Sequence)
	_, sum := p.proofAt(t, 1)
	r, _ := p.proofAt(t, 2)
	require.Equal(t, sum, r.Previous)
}

// Two attempts of one activity at the same time, of which the worker has lost one.
func TestTwoAttemptsStoreOneRecord(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	var once sync.Once
	signer := meanwhile{p.evidence, func() { once.Do(func() { p.append(t, "run-1") }) }}
	ref, err := p.AppendProof(t.Context(), signer, p.drilled("run-1"))
	require.NoError(t, err)
	require.Equal(t, 1, ref.Sequence)
	p.requireProofs(t, 1)
}

func TestManyAppendAtTheSameTime(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	var group sync.WaitGroup
	for n := range 5 {
		group.Go(func() {
			_, err := p.AppendProof(t.Context(), p.evidence, p.drilled(fmt.Sprintf("run-%d", n)))
			require.NoError(t, err)
		})
	}
	group.Wait()
	previous := ""
	for n := 1; n <= 5; n++ {
		r, sum := p.proofAt(t, n)
		require.Equal(t, previous, r.Previous)
		previous = sum
	}
}

// Metadata says that a record of the run is stored, as anybody who may write blobs can
// say; the record itself is still stored.
func TestForgedMetadataSuppressesNoRecord(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"nothing":  "",
		"no JSON":  "record",
		"unsigned": `{"payloadType": "application/vnd.pgvault.proof+json", "payload": "e30=", "signatures": []}`,
	} {
		p := setupProving(t, memblob.Options{})
		_, err := p.container.Put(t.Context(), vault.ProofName(orders, 1), []byte(content), blobstore.Meta{"run": "run-1"})
		require.NoError(t, err)
		require.Equal(t, 2, p.append(t, "run-1").Sequence, name)
	}
	p := setupProving(t, memblob.Options{})
	forger := statementtest.New(t, "evidence/1")
	_, err := p.AppendProof(t.Context(), forger, p.drilled("run-1"))
	require.NoError(t, err)
	require.Equal(t, 2, p.append(t, "run-1").Sequence, "a record that another key has signed is not that of the run")
	unsigned := p.Vault.Trusting(statementtest.TrustFor(t, vaultID, true, statementtest.Key{Signer: p.key, Validity: always}))
	ref, err := unsigned.AppendProof(t.Context(), statement.Unsigned{}, p.drilled("run-2"))
	require.NoError(t, err)
	require.Empty(t, ref.KeyID)
	again, err := unsigned.AppendProof(t.Context(), statement.Unsigned{}, p.drilled("run-2"))
	require.NoError(t, err)
	require.Equal(t, ref, again)
}

// Who can write blobs cannot use the numbers up by writing the last one.
func TestADrillTakesTheNextNumberOfTheChain(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	p.mustPut(t, vault.ProofName(orders, 99_999_999), "{}")
	require.Equal(t, 1, p.append(t, "run-1").Sequence)
	p.mustPut(t, vault.ProofName(orders, 5000), "{}")
	require.Equal(t, 2, p.append(t, "run-2").Sequence)
	head, err := p.ProofHead(t.Context(), orders)
	require.NoError(t, err)
	require.Equal(t, 2, head.Sequence)
}

// The place of a deleted record stays empty, so that the deletion stays visible.
func TestADeletedRecordKeepsItsPlace(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{Versions: true})
	p.append(t, "run-1")
	p.append(t, "run-2")
	require.NoError(t, p.container.Delete(t.Context(), vault.ProofName(orders, 2)))
	require.Equal(t, 3, p.append(t, "run-3").Sequence)
	_, sum := p.proofAt(t, 1)
	r, _ := p.proofAt(t, 3)
	require.Equal(t, sum, r.Previous)
	all, err := p.ListProofs(t.Context(), orders)
	require.NoError(t, err)
	require.True(t, all[1].Deleted())
}

// A rotated key signs the next record; the chain goes on.
func TestARotatedKeySignsTheNextRecord(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	p.append(t, "run-1")
	next := statementtest.New(t, "evidence/2")
	ref, err := p.AppendProof(t.Context(), next, p.drilled("run-2"))
	require.NoError(t, err)
	require.Equal(t, "evidence/2", ref.KeyID)
	_, sum := p.proofAt(t, 1)
	r, _ := p.proofAt(t, 2)
	require.Equal(t, sum, r.Previous)
}

func TestTheHeadOfAChain(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{Versions: true})
	head := func() *manifest.Evidence {
		found, err := p.ProofHead(t.Context(), orders)
		require.NoError(t, err)
		return found
	}
	require.Nil(t, head())
	p.append(t, "run-1")
	second := p.append(t, "run-2")
	p.mustPut(t, vault.ProofName(orders, 3), "{}")
	require.Equal(t, &manifest.Evidence{Sequence: 2, SHA256: second.SHA256}, head())
	p.mustPut(t, vault.ProofName(orders, 4), strings.Repeat(" ", 8<<20+1))
	require.Equal(t, 2, head().Sequence, "an unreadable blob does not prevent backups")
	require.NoError(t, p.container.Delete(t.Context(), second.Blob))
	require.Equal(t, 1, head().Sequence)
	p.forbid(memblob.List)
	_, err := p.ProofHead(t.Context(), orders)
	require.Equal(t, failure.ContainerNotAccessible, failure.CodeOf(err))
}
