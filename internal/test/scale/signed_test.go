package scale_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

// envelopeSize is the length of each signed manifest, which ends in spaces.
const envelopeSize = 4096

const vaultID = "large"

// signedManifests are the signed manifests of a listing. Their content is made
// before the listing is served, so that a benchmark does not measure it.
type signedManifests struct {
	signer statementtest.Signer
	// names has the envelope's base name by instance and point, and content the
	// envelopes of the points that have expired by their path's last two segments.
	names   map[string]string
	content map[string][]byte
}

func newSignedManifests(t testing.TB) *signedManifests {
	t.Helper()
	return &signedManifests{signer: statementtest.New(t, "manifest/1"), names: map[string]string{}, content: map[string][]byte{}}
}

// trusted returns a trust file that demands signatures by the listing's key.
func (s *signedManifests) trusted(t testing.TB) trust.File {
	t.Helper()
	if s == nil {
		return trust.File{}
	}
	return statementtest.TrustFor(t, vaultID, true, statementtest.Key{Signer: s.signer, Validity: "from: 2020-01-01"})
}

func (s *signedManifests) make(t testing.TB, l *listing) {
	t.Helper()
	if s == nil {
		return
	}
	for n := range l.instances {
		for day := range l.points {
			at := l.point(day)
			content, err := manifest.Encode(signedManifest(l.instance(n), at))
			require.NoError(t, err)
			name := "manifest-" + blobstore.HashOf(content) + ".dsse.json"
			s.names[l.instance(n)+id(at)] = name
			if at.AddDate(0, 0, keptDays).After(l.begun) {
				continue
			}
			sealed, err := statement.Seal(t.Context(), s.signer, statement.TypeManifest, content)
			require.NoError(t, err)
			require.Less(t, len(sealed), envelopeSize)
			s.content[name] = append(sealed, bytes.Repeat([]byte(" "), envelopeSize-len(sealed))...)
		}
	}
}

func signedManifest(instance string, at time.Time) manifest.Manifest {
	folder := "instances/" + instance + "/points/" + id(at) + "/"
	return manifest.Manifest{
		FormatVersion: 1, VaultID: vaultID, Instance: instance, PointID: id(at), ScheduledTime: at, CommittedAt: at,
		Retention: manifest.Retention{Policy: "nightly", Rule: "Default", Expires: at.AddDate(0, 0, keptDays)},
		Server:    manifest.Server{Major: 15}, Database: manifest.Database{Name: "orders", Encoding: "UTF8"}, Tool: manifest.Tool{Major: 15},
		Dump:  manifest.Dump{Blob: folder + "dump-89abcdef-1.dump", Size: 1 << 30, ETag: "0xBLOB", SHA256: strings.Repeat("ab", 32)},
		Roles: manifest.Roles{Blob: folder + "roles-89abcdef-1.sql"},
	}
}

func (s *signedManifests) name(instance string, at time.Time) string { return s.names[instance+id(at)] }

func (s *signedManifests) envelope(path string) []byte {
	return s.content[path[strings.LastIndex(path, "/")+1:]]
}

// A sweep reads one signed manifest for each point that goes, and none for the others.
func TestASweepReadsTheSignedManifestsOfWhatGoes(t *testing.T) {
	t.Parallel()
	l := &listing{instances: 20, points: 100, manifests: newSignedManifests(t)}
	container := l.serve(t)
	temporal := dial(t, container, l.manifests.trusted(t))
	planned := temporal.sweep(t, "plan", true)
	require.Equal(t, l.instances*11, planned.result.Removed)
	require.Zero(t, l.asked["signed manifest"], "a plan reads none")
	done := temporal.sweep(t, "sweep", false)
	require.Equal(t, l.instances*11, done.result.Removed)
	require.Equal(t, done.result.Removed, l.asked["signed manifest"])
	require.Zero(t, l.asked["other"])
}

// BenchmarkSignedSweep deletes expired points like [BenchmarkSweep], whose signatures
// it checks.
func BenchmarkSignedSweep(b *testing.B) {
	sweeps(b, func() *signedManifests { return newSignedManifests(b) })
}
