package sweep_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
	"github.com/pgvault/pgvault/internal/vault/sweep"
)

// signed is a vault whose trust file names a key.
type signed struct {
	*bundle
	key statementtest.Signer
}

func setupSigned(t *testing.T, required bool) signed {
	t.Helper()
	s := signed{setup(t), statementtest.New(t, "manifest/1")}
	s.trust(t, required, "from: 2020-01-01")
	return s
}

func (s signed) trust(t *testing.T, required bool, validity string) {
	t.Helper()
	s.Vault.Vault = s.Vault.Trusting(statementtest.Trust(t, required, statementtest.Key{Signer: s.key, Validity: validity}))
}

func folder(id string) string { return "instances/" + instanceName + "/points/" + id + "/" }

// put stores a signed statement of a point under the name that its payload has.
func (s signed) put(t *testing.T, by statement.Signer, kind, payloadType, id string, payload []byte) string {
	t.Helper()
	sealed, err := statement.Seal(t.Context(), by, payloadType, payload)
	require.NoError(t, err)
	name := folder(id) + kind + "-" + blobstore.HashOf(payload) + ".dsse.json"
	_, err = s.Container.Put(t.Context(), name, sealed, nil)
	require.NoError(t, err)
	return name
}

// signedPoint stores a signed point of so many days ago that is kept for 30, and
// returns the name of its signed manifest.
func (s signed) signedPoint(t *testing.T, age int) (id, envelope string) {
	t.Helper()
	id = s.commit(t, age, s.key)
	content, _, err := s.Container.Get(t.Context(), folder(id)+"manifest.json", 1<<20)
	require.NoError(t, err)
	return id, folder(id) + "manifest-" + blobstore.HashOf(content) + ".dsse.json"
}

// unchecked is the vault without its trust file.
func (s signed) unchecked() *vault.Vault { return vault.New(s.Container) }

func (s signed) vaultID(t *testing.T) string {
	t.Helper()
	id, err := s.Vault.ID(t.Context())
	require.NoError(t, err)
	return id
}

func jsonOf(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}

// change signs a change of a point's retention.
func (s signed) change(t *testing.T, by statement.Signer, id string, expires, signedAt time.Time) string {
	t.Helper()
	r := statement.Retention{Place: statement.Place{VaultID: s.vaultID(t), Instance: instanceName, Point: id}, Expires: expires, SignedAt: signedAt}
	return s.put(t, by, "retention", statement.TypeRetention, id, []byte(jsonOf(t, r)))
}

// says writes retention.json, as anybody who may write blobs can.
func (s signed) says(t *testing.T, id string, expires time.Time) {
	t.Helper()
	require.NoError(t, s.Vault.SetRetention(t.Context(), instanceName, id, vault.Retention{Expires: expires}))
}

// forgedExpiry writes the metadata of a manifest again.
func (s signed) forgedExpiry(t *testing.T, id string, expires time.Time) {
	t.Helper()
	name := folder(id) + "manifest.json"
	content, there, err := s.Container.Get(t.Context(), name, 1<<20)
	require.NoError(t, err)
	there.Meta["expires"] = expires.UTC().Format(time.RFC3339)
	_, err = s.Container.Put(t.Context(), name, content, there.Meta)
	require.NoError(t, err)
}

// Each case is one point, which would be removed by what is listed.
func TestASweepRemovesWhatHasExpiredByItsSignature(t *testing.T) {
	t.Parallel()
	past := time.Now().AddDate(0, 0, -1)
	garbage := func(t *testing.T, s signed, name string) {
		_, err := s.Container.Put(t.Context(), name, []byte("garbage"), nil)
		require.NoError(t, err)
	}
	for name, c := range map[string]struct {
		age      int
		forge    func(t *testing.T, s signed, id, envelope string)
		validity string
		// required and optional are the reasons by whether the trust file requires
		// signatures.
		required, optional string
	}{
		"expired": {age: 40, required: "expired", optional: "expired"},
		"signature deleted": {age: 40, forge: func(t *testing.T, s signed, _, envelope string) {
			require.NoError(t, s.Container.Delete(t.Context(), envelope))
		}, required: "signature", optional: "expired"},
		"signature overwritten": {age: 40, forge: func(t *testing.T, s signed, _, envelope string) { garbage(t, s, envelope) }, required: "signature", optional: "signature"},
		"another key": {age: 40, forge: func(t *testing.T, s signed, id, envelope string) {
			content, _, err := s.Container.Get(t.Context(), folder(id)+"manifest.json", 1<<20)
			require.NoError(t, err)
			s.put(t, statementtest.New(t, "other/1"), "manifest", statement.TypeManifest, id, content)
		}, required: "signature", optional: "expired"},
		"key revoked before": {age: 40, validity: "from: 2020-01-01, revoked: 2020-01-02", required: "signature", optional: "signature"},
		"key revoked later":  {age: 40, validity: "from: 2020-01-01, revoked: 2100-01-01", required: "expired", optional: "expired"},
		"forged metadata": {age: 20, forge: func(t *testing.T, s signed, id, _ string) {
			s.forgedExpiry(t, id, past)
		}, required: "signature", optional: "signature"},
		"forged metadata, longer": {age: 40, forge: func(t *testing.T, s signed, id, _ string) {
			s.forgedExpiry(t, id, time.Now().AddDate(1, 0, 0))
		}, required: "not expired", optional: "not expired"},
		"forged retention": {age: 20, forge: func(t *testing.T, s signed, id, _ string) {
			s.says(t, id, past)
		}, required: "signature", optional: "signature"},
		"signed shorter retention": {age: 20, forge: func(t *testing.T, s signed, id, _ string) {
			s.change(t, s.key, id, past, s.now())
			s.says(t, id, past)
		}, required: "expired", optional: "expired"},
		"unsigned shorter retention": {age: 20, forge: func(t *testing.T, s signed, id, _ string) {
			s.change(t, statement.Unsigned{}, id, past, s.now())
			s.says(t, id, past)
		}, required: "signature", optional: "signature"},
		"shorter retention of another point": {age: 20, forge: func(t *testing.T, s signed, id, _ string) {
			other := strings.Replace(id, "0a1b2c3d", "ffffffff", 1)
			sealed, _, err := s.Container.Get(t.Context(), s.change(t, s.key, other, past, s.now()), 1<<20)
			require.NoError(t, err)
			payload, err := statement.Decode(sealed, statement.TypeRetention)
			require.NoError(t, err)
			_, err = s.Container.Put(t.Context(), folder(id)+"retention-"+blobstore.HashOf(payload.Payload)+".dsse.json", sealed, nil)
			require.NoError(t, err)
			s.says(t, id, past)
		}, required: "signature", optional: "signature"},
		"signed shorter retention of long ago": {age: 20, forge: func(t *testing.T, s signed, id, _ string) {
			s.change(t, s.key, id, past, s.now().AddDate(0, 0, -3))
			s.says(t, id, past)
		}, required: "signature", optional: "signature"},
		"signed longer retention denied": {age: 40, forge: func(t *testing.T, s signed, id, _ string) {
			s.change(t, s.key, id, time.Now().AddDate(1, 0, 0), s.now())
			s.says(t, id, past)
		}, required: "signature", optional: "signature"},
		"older signed retention replayed": {age: 40, forge: func(t *testing.T, s signed, id, _ string) {
			newest := s.change(t, s.key, id, time.Now().AddDate(1, 0, 0), s.now())
			older := ""
			for n := 1; older < newest; n++ { // until a listing has it after the newest
				older = s.change(t, s.key, id, past, s.now().Add(-time.Duration(n)*time.Minute))
			}
			s.says(t, id, past)
		}, required: "signature", optional: "signature"},
		"newest signed retention destroyed": {age: 40, forge: func(t *testing.T, s signed, id, _ string) {
			garbage(t, s, s.change(t, s.key, id, time.Now().AddDate(1, 0, 0), s.now()))
			s.says(t, id, past)
		}, required: "signature", optional: "signature"},
		"a second signed manifest, shorter": {age: 20, forge: func(t *testing.T, s signed, id, _ string) {
			m, err := s.unchecked().GetManifest(t.Context(), instanceName, id)
			require.NoError(t, err)
			m.Retention.Expires = past
			content, err := manifest.Encode(m)
			require.NoError(t, err)
			s.put(t, s.key, "manifest", statement.TypeManifest, id, content)
			s.forgedExpiry(t, id, past)
		}, required: "signature", optional: "signature"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for required, want := range map[bool]string{true: c.required, false: c.optional} {
				s := setupSigned(t, required)
				if c.validity != "" {
					s.trust(t, required, c.validity)
				}
				id, envelope := s.signedPoint(t, c.age)
				last, _ := s.signedPoint(t, 1)
				if c.forge != nil {
					c.forge(t, s, id, envelope)
				}
				report := s.sweep(t)
				require.Equal(t, want, reasons(report)[id], "%v: %v", required, report.Decisions)
				require.Equal(t, want == "signature", report.Doubtful == 1)
				require.Equal(t, want == "expired", s.tombstone(t, id) != nil)
				require.Nil(t, s.tombstone(t, last))

				// Without soft delete:
				require.NoError(t, s.Vault.Undelete(t.Context(), instanceName, id))
				err := s.Vault.PurgeExpired(t.Context(), instanceName, id, s.now())
				require.ErrorIs(t, err, map[string]error{"signature": vault.ErrDoubtful, "not expired": vault.ErrKept}[want])
				require.Equal(t, want != "expired", len(s.left(t)) > 1)
			}
		})
	}
}

// Without keys nothing is read for a point, and nothing is said.
func TestASweepWithoutKeysReadsNoManifest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	expired := b.point(t, 40)
	b.point(t, 1)
	_, err := b.Container.Put(t.Context(), folder(expired)+"manifest-"+strings.Repeat("ab", 32)+".dsse.json", []byte("garbage"), nil)
	require.NoError(t, err)
	require.Equal(t, "expired", reasons(b.sweep(t))[expired])
}

// A sweep reads the settings, the vault's ID, and then one blob for each point that
// goes and none for the others.
func TestASweepReadsOneBlobForAPointThatGoes(t *testing.T) {
	t.Parallel()
	for reads, want := range map[int]bool{2: false, 3: true} {
		s := setupSigned(t, true)
		expired, _ := s.signedPoint(t, 40)
		for age := range 5 {
			s.signedPoint(t, age+1)
		}
		s.storage.Inject(memblob.Fault{Ops: []memblob.Op{memblob.Read}, Skip: reads, Err: errors.New("one read too many")})
		report, _, err := s.Sweep(t.Context(), sweep.Cursor{}, math.MaxInt, &sweep.Tally{})
		require.Equal(t, want, err == nil, "%v", err)
		require.Equal(t, want, reasons(report)[expired] == "expired")
	}
}
