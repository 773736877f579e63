package vault_test

import (
	"context"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

func TestRecordsThatCannotBeStored(t *testing.T) {
	t.Parallel()
	denied := failure.New(failure.SigningKeyUnusable, "enable it", "the key is disabled")
	for name, c := range map[string]struct {
		prepare func(p *proving)
		signer  func(p *proving) statement.Signer
		code    failure.Code
		says    string
	}{
		"403 on writing": {prepare: func(p *proving) { p.forbid(memblob.Put) }, code: failure.ContainerNotAccessible, says: "store the record"},
		"403 on listing": {prepare: func(p *proving) { p.forbid(memblob.List) }, code: failure.ContainerNotAccessible, says: "list the records"},
		"away": {prepare: func(p *proving) {
			p.Vault = vault.New(p.storage.Container(time.Millisecond)).Trusting(p.file)
			p.storage.Inject(memblob.Fault{Ops: []memblob.Op{memblob.Put}})
		}, code: failure.StorageUnavailable, says: "store the record"},
		"key disabled":  {signer: func(*proving) statement.Signer { return refusing{denied} }, code: failure.SigningKeyUnusable, says: "the key is disabled"},
		"head too long": {prepare: func(p *proving) { p.mustPut(t, vault.ProofName(orders, 7), strings.Repeat(" ", 8<<20+1)) }, code: failure.VaultDamaged, says: "00000007.json"},
		"head archived": {prepare: func(p *proving) {
			p.mustPut(t, vault.ProofName(orders, 7), "{}")
			require.NoError(t, p.container.SetTier(t.Context(), vault.ProofName(orders, 7), blobstore.Archive))
		}, code: failure.VaultDamaged, says: "00000007.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setupProving(t, memblob.Options{})
			var signer statement.Signer = p.evidence
			if c.prepare != nil {
				c.prepare(p)
			}
			if c.signer != nil {
				signer = c.signer(p)
			}
			_, err := p.AppendProof(t.Context(), signer, p.drilled("run-1"))
			require.Equal(t, c.code, failure.CodeOf(err), "%v", err)
			require.ErrorContains(t, err, c.says)
		})
	}
}

type refusing struct{ err error }

func (r refusing) Sign(context.Context, [sha256.Size]byte) (statement.Signature, error) {
	return statement.Signature{}, r.err
}

func (p *proving) mustPut(t *testing.T, name, content string) {
	t.Helper()
	_, err := p.container.Put(t.Context(), name, []byte(content), nil)
	require.NoError(t, err)
}
