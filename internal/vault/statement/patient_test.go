package statement_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/outage"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

// away is a signer whose Key Vault is unavailable until a time.
type away struct {
	statementtest.Signer
	until time.Time
}

func (a away) Sign(ctx context.Context, digest [sha256.Size]byte) (statement.Signature, error) {
	if time.Now().Before(a.until) {
		return statement.Signature{}, failure.New(failure.SecretStoreUnavailable, "", "the Key Vault does not answer")
	}
	return a.Signer.Sign(ctx, digest)
}

// waits records what an observer is told.
type waits struct {
	mu   sync.Mutex
	told []outage.Wait
	over int
}

func (w *waits) Waiting(wait outage.Wait) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, wait)
}

func (w *waits) Over(string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over++
}

func TestASignatureWaitsForItsKeyVault(t *testing.T) {
	t.Parallel()
	s := statementtest.New(t, "manifest/1")
	for name, c := range map[string]struct {
		away, cancelled time.Duration
		code            failure.Code
		told            bool
	}{
		"no outage":         {},
		"half an hour":      {away: 30 * time.Minute, told: true},
		"too long":          {away: 2 * time.Hour, code: failure.SecretStoreUnavailable, told: true},
		"cancelled by then": {away: 30 * time.Minute, cancelled: 10 * time.Minute, code: failure.Cancelled, told: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				var seen waits
				ctx, cancel := context.WithCancelCause(outage.WithObserver(outage.WithPatience(t.Context(), time.Hour), &seen))
				defer cancel(nil)
				if c.cancelled > 0 {
					time.AfterFunc(c.cancelled, func() { cancel(failure.New(failure.Cancelled, "", "cancelled")) })
				}
				signature, err := statement.Patient{Signer: away{s, began.Add(c.away)}}.Sign(ctx, sha256.Sum256(nil))
				require.Equal(t, c.told, len(seen.told) > 0)
				took := time.Since(began)
				switch c.code {
				case "":
					require.NoError(t, err)
					require.Equal(t, s.ID, signature.KeyID)
					require.InDelta(t, c.away, took, float64(20*time.Second))
				case failure.Cancelled:
					require.Equal(t, c.cancelled, took)
				default:
					require.LessOrEqual(t, took, time.Hour)
					require.Greater(t, took, time.Hour-time.Minute)
				}
				if err != nil {
					require.Equal(t, c.code, failure.CodeOf(err), "%v", err)
				}
				if c.told {
					require.Equal(t, began, seen.told[0].Since)
					require.Equal(t, len(seen.told), seen.told[len(seen.told)-1].Attempt)
				}
				require.Equal(t, c.told && c.code != failure.Cancelled, seen.over == 1)
			})
		})
	}
}

// What has another reason than an outage is reported at once.
func TestASignatureDoesNotWaitForARole(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	_, err := statement.Patient{Signer: refuses{refused}}.Sign(t.Context(), sha256.Sum256(nil))
	require.ErrorIs(t, err, refused)
}

type refuses struct{ err error }

func (r refuses) Sign(context.Context, [sha256.Size]byte) (statement.Signature, error) {
	return statement.Signature{}, r.err
}
