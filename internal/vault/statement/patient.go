package statement

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/outage"
)

const (
	firstPause   = time.Second
	longestPause = 15 * time.Second
)

// Patient is a signer that waits while the Key Vault is unavailable. A dump that
// took hours must not be lost because its statement cannot be signed at once.
type Patient struct{ Signer }

// Sign signs like the signer. It tries again until the outage has lasted for the
// patience of the context.
func (p Patient) Sign(ctx context.Context, digest [sha256.Size]byte) (Signature, error) {
	wait := outage.Wait{For: "sign a statement", Since: time.Now()}
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		sig, err := p.Signer.Sign(ctx, digest)
		if failure.CodeOf(err) != failure.SecretStoreUnavailable || time.Since(wait.Since)+pause > outage.Patience(ctx, outage.DefaultPatience) {
			if wait.Attempt > 0 {
				outage.Over(ctx, wait.For)
			}
			return sig, err
		}
		wait.Attempt++
		wait.Err = err
		outage.Waiting(ctx, wait)
		select {
		case <-ctx.Done():
			return Signature{}, context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}
