package vault_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/proof/chain"
	"github.com/pgvault/pgvault/internal/vault"
)

// backUp commits a point whose signed manifest names the head of the chain.
func (p *proving) backUp(t *testing.T, id string) {
	t.Helper()
	m := p.committed(t, orders, id, "dump of "+id)
	head, err := p.ProofHead(t.Context(), orders)
	require.NoError(t, err)
	m.Evidence = head
	require.NoError(t, p.CommitPoint(t.Context(), p.key, m))
}

func (p *proving) verified(t *testing.T) (result chain.Result, records []chain.Record) {
	t.Helper()
	result, err := p.VerifyProofs(t.Context(), orders, func(r chain.Record) { records = append(records, r) })
	require.NoError(t, err)
	return result, records
}

// TestTheNextBackupAnchorsTheChain: without it, whoever cuts the tail off is not
// noticed; with it they are.
func TestTheNextBackupAnchorsTheChain(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	p.append(t, "run-1")
	p.backUp(t, point1)
	p.append(t, "run-2")
	result, records := p.verified(t)
	require.True(t, result.Whole(), "%v", result.Problems)
	require.Equal(t, 1, result.Anchored)
	require.Equal(t, []int{2}, result.Unanchored)
	require.Equal(t, 2, result.Signed)
	require.Len(t, records, 2)
	require.Equal(t, "evidence/1", records[1].KeyID)

	p.backUp(t, point2)
	result, _ = p.verified(t)
	require.Empty(t, result.Unanchored)
	require.NoError(t, p.container.Delete(t.Context(), vault.ProofName(orders, 2)))
	result, records = p.verified(t)
	require.Len(t, result.Problems, 1)
	require.Equal(t, chain.CutOff, result.Problems[0].Kind)
	require.Contains(t, result.Problems[0].Message, point2)
	require.Len(t, records, 1)
}

// A drill after the deletion takes the number of the record that was cut off; the
// manifest tells the two apart.
func TestARecordInThePlaceOfADeletedOne(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	p.append(t, "run-1")
	p.backUp(t, point1)
	require.NoError(t, p.container.Delete(t.Context(), vault.ProofName(orders, 1)))
	p.append(t, "run-2")
	result, _ := p.verified(t)
	require.Len(t, result.Problems, 1)
	require.Equal(t, chain.Replaced, result.Problems[0].Kind)
}

func TestAManifestThatIsNotSignedAnchorsNothing(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	ref := p.append(t, "run-1")
	p.backUp(t, point1)
	m := p.committed(t, orders, point2, "forged")
	head, err := p.ProofHead(t.Context(), orders)
	require.NoError(t, err)
	m.Evidence = head
	m.Evidence.Sequence = 7
	p.put(t, m, folderOf(point2))
	result, _ := p.verified(t)
	require.True(t, result.Whole())
	require.Equal(t, 1, result.Anchored)
	require.Equal(t, ref.SHA256, result.HeadSHA256)
	require.Len(t, result.Notes, 1)
	require.Contains(t, result.Notes[0], point2)
}

func TestVerifyProofsOfAStorageThatRefuses(t *testing.T) {
	t.Parallel()
	p := setupProving(t, memblob.Options{})
	p.append(t, "run-1")
	p.forbid(memblob.Read)
	_, err := p.VerifyProofs(t.Context(), orders, func(chain.Record) {})
	require.Equal(t, failure.ContainerNotAccessible, failure.CodeOf(err))
}
