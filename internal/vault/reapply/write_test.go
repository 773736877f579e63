package reapply_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/reapply"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

type failing struct{ err error }

func (f failing) Sign(context.Context, [sha256.Size]byte) (statement.Signature, error) {
	return statement.Signature{}, f.err
}

// A sweep must never find a shorter retention that is not signed yet.
func TestAChangeIsSignedBeforeItIsMade(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	for name, c := range map[string]struct {
		signer statement.Signer
		want   error
		blobs  []string
	}{
		"signed":      {signer: statementtest.New(t, "manifest/1"), blobs: []string{"retention-", "retention.json"}},
		"without key": {signer: statement.Unsigned{}, blobs: []string{"retention.json"}},
		"no signer":   {signer: failing{down}, want: down},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			container := memblob.New(time.Now, memblob.Options{}).Container(0)
			p := point("20261124T020000Z-0a1b2c3d", "Default", 30)
			p.Instance = "shop/orders"
			w := reapply.Writer{Vault: vault.New(container), Mark: vault.Retention{At: time.Now(), Job: "reapply/1"}, Signer: c.signer, VaultID: "own", Now: time.Now}
			planned := reapply.Change{Point: p.ID, To: vault.Retention{Policy: "short", Rule: "Default", Expires: time.Now().AddDate(0, 0, 7)}}
			_, made, err := w.Write(t.Context(), p, planned)
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.want == nil, made)
			var found []string
			for b, err := range container.List(t.Context(), "") {
				require.NoError(t, err)
				found = append(found, b.Name[strings.LastIndex(b.Name, "/")+1:])
			}
			require.Len(t, found, len(c.blobs))
			for i, want := range c.blobs {
				require.True(t, strings.HasPrefix(found[i], want), found[i])
			}
		})
	}
}
