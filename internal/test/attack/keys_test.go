package attack_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

// keyring is a vault with a point that its key has signed today, and one that an
// earlier key signed five days ago and that the storage got today, as in a copy of
// a vault.
type keyring struct {
	forger
	key     localenv.Key
	earlier statementtest.Signer
	aged    manifest.Manifest
}

const accepted = failure.Code("")

func day(n int) string { return time.Now().UTC().AddDate(0, 0, n).Format(time.DateOnly) }

func newKeyring(t *testing.T) keyring {
	t.Helper()
	a := newVault(t)
	k := keyring{forger: forger{target: a}, key: a.newKey(t), earlier: statementtest.New(t, "earlier/1")}
	a.requires(t, []pinned{pin(t, k.key, longSince)})
	defer a.startWorker(t)()
	a.numbers(t, 10)
	k.aged = a.point(t, a.instance.Name)
	k.aged.CommittedAt = k.aged.CommittedAt.AddDate(0, 0, -5)
	k.newer = k.aged
	k.remove(t, "manifest-")
	k.commit(t, k.aged, k.earlier)
	k.newer = a.point(t, a.instance.Name)
	return k
}

// TestKeysOverTime restarts the workers with trust files that say other things of
// the keys.
func TestKeysOverTime(t *testing.T) {
	t.Parallel()
	k := newKeyring(t)
	next := k.newKey(t)
	copied := fmt.Sprintf("  copied: [%s, %s]", day(0), day(1))
	aged := pinSigner(t, k.earlier, "from: 2020-01-01, until: "+day(-3))
	for _, phase := range []struct {
		name string
		keys []pinned
		more []string
		// recent and aged are what restores of the two points say, and backup what a
		// backup says.
		recent, aged, backup failure.Code
		signs                string
	}{
		{"expired", []pinned{pin(t, k.key, "from: 2020-01-01, until: "+day(-1)), aged}, []string{"  copied: [2020-02-01]"},
			failure.SignatureInvalid, failure.SignatureInvalid, failure.SigningKeyUnusable, ""},
		{"revoked before", []pinned{pin(t, k.key, "from: 2020-01-01, revoked: "+day(-1)), pinSigner(t, k.earlier, "from: 2020-01-01, until: "+day(-10))}, []string{copied},
			failure.SignatureInvalid, failure.SignatureInvalid, failure.SigningKeyUnusable, ""},
		{"not pinned", []pinned{pin(t, next, longSince)}, nil,
			failure.SignatureMissing, failure.SignatureMissing, accepted, next.ID},
		{"revoked later, and copied", []pinned{pin(t, k.key, "from: 2020-01-01, revoked: "+day(3)), aged}, []string{copied},
			accepted, accepted, accepted, k.key.ID},
	} {
		t.Run(phase.name, func(t *testing.T) {
			k.requires(t, phase.keys, phase.more...)
			defer k.startWorker(t)()
			k.restores(t, k.newer, phase.recent)
			k.restores(t, k.aged, phase.aged)
			k.backs(t, phase.backup, phase.signs)
		})
	}
	t.Run("rotated", func(t *testing.T) { k.rotates(t, next) })
}

// rotates adds the next key to the trust file, restarts the workers one by one,
// and purges the Key Vault at last.
func (k keyring) rotates(t *testing.T, next localenv.Key) {
	old := pin(t, k.key, longSince)
	k.requires(t, []pinned{old})
	stopFirst := k.startWorker(t)
	k.requires(t, []pinned{old, pin(t, next, "from: "+day(3))})
	stopSecond := k.startWorker(t)
	k.backs(t, accepted, k.key.ID)
	k.restores(t, k.newer, accepted)
	stopFirst()
	k.backs(t, accepted, k.key.ID)
	stopSecond()

	// The day has come.
	k.requires(t, []pinned{old, pin(t, next, "from: "+day(-1))})
	defer k.startWorker(t)()
	k.backs(t, accepted, next.ID)
	signed := k.latest(t, k.instance.Name)
	k.restores(t, k.newer, accepted)
	k.restores(t, signed, accepted)

	k.env.Azure.KeyVault.PurgeKey(k.namespace)
	k.backs(t, failure.SigningKeyUnusable, "")
	k.restores(t, k.newer, accepted)
	k.restores(t, signed, accepted)
}

// restores restores a point as files, which must be refused with a code, or
// succeed.
func (k keyring) restores(t *testing.T, m manifest.Manifest, code failure.Code) {
	t.Helper()
	url, files := k.files(t)
	before := k.etags(t, folderOf(m))
	err := k.restorePoint(t, m.Instance, m.PointID, jobs.RestoreTarget{Container: url})
	n := 0
	for _, err := range files.List(t.Context(), "") {
		require.NoError(t, err)
		n++
	}
	require.Equal(t, before, k.without(t, folderOf(m), "hold-"))
	if code == accepted {
		require.NoError(t, err)
		require.Equal(t, 6, n)
		return
	}
	k.refused(t, err, code)
	require.Zero(t, n)
}

func (k keyring) without(t *testing.T, prefix, part string) map[string]string {
	t.Helper()
	all := k.etags(t, prefix)
	for name := range all {
		if strings.Contains(name, part) {
			delete(all, name)
		}
	}
	return all
}

// backs backs the instance up. The backup must be refused with a code before it
// has stored a dump, or make a point that a key has signed.
func (k keyring) backs(t *testing.T, code failure.Code, signs string) {
	t.Helper()
	before := k.etags(t, "instances/")
	err := k.backup(t)
	if code != accepted {
		require.Error(t, err)
		require.Equal(t, code, temporalx.Failure(err).Code, "%v", err)
		require.Equal(t, before, k.etags(t, "instances/"))
		return
	}
	require.NoError(t, err)
	k.newer = k.latest(t, k.instance.Name)
	require.Equal(t, signs, opened(t, k.envelope(t)).Signatures[0].KeyID)
}
