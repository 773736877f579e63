package activities_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

var night = time.Date(2026, 12, 1, 1, 0, 0, 0, time.UTC)

// replace stores other content under the name of a statement and returns the
// reference to it, as a stranger's job passes it to Commit.
func (c committer) replace(t *testing.T, ref vault.StatementRef, change func(content []byte) []byte) vault.StatementRef {
	t.Helper()
	content, _, err := c.backup.Container.Get(t.Context(), ref.Blob, 1<<20)
	require.NoError(t, err)
	content = change(content)
	_, err = c.backup.Container.Put(t.Context(), ref.Blob, content, nil)
	require.NoError(t, err)
	return vault.StatementRef{Blob: ref.Blob, SHA256: blobstore.HashOf(content)}
}

// edited returns a change of an envelope.
func edited(t *testing.T, change func(*statement.Envelope)) func([]byte) []byte {
	return func(content []byte) []byte {
		var e statement.Envelope
		require.NoError(t, json.Unmarshal(content, &e))
		change(&e)
		content, err := json.Marshal(e)
		require.NoError(t, err)
		return content
	}
}

func TestCommitTakesNoFactThatIsNotSigned(t *testing.T) {
	t.Parallel()
	stranger := statementtest.New(t, "stranger/1")
	for name, forged := range map[string]struct {
		forge func(t *testing.T, c committer, in, other activities.CommitInput) activities.CommitInput
		code  failure.Code
	}{
		"another server": {func(t *testing.T, c committer, in, _ activities.CommitInput) activities.CommitInput {
			in.Dump = c.replace(t, in.Dump, edited(t, func(e *statement.Envelope) {
				var d statement.Dump
				require.NoError(t, json.Unmarshal(e.Payload, &d))
				d.Server.Host = "elsewhere.example"
				var err error
				e.Payload, err = json.Marshal(d)
				require.NoError(t, err)
			}))
			return in
		}, failure.SignatureInvalid},
		"no signature": {func(t *testing.T, c committer, in, _ activities.CommitInput) activities.CommitInput {
			in.Roles = c.replace(t, in.Roles, edited(t, func(e *statement.Envelope) { e.Signatures = nil }))
			return in
		}, failure.SignatureMissing},
		"a stranger's signature": {func(t *testing.T, c committer, in, _ activities.CommitInput) activities.CommitInput {
			in.Verified = c.replace(t, in.Verified, edited(t, func(e *statement.Envelope) {
				content, err := statement.Seal(t.Context(), stranger, e.PayloadType, e.Payload)
				require.NoError(t, err)
				require.NoError(t, json.Unmarshal(content, e))
			}))
			return in
		}, failure.SignatureMissing},
		"another statement than the job's": {func(t *testing.T, c committer, in, other activities.CommitInput) activities.CommitInput {
			in.Validated.SHA256 = other.Validated.SHA256
			return in
		}, failure.VerificationFailed},
		"the statement of another kind": {func(_ *testing.T, _ committer, in, _ activities.CommitInput) activities.CommitInput {
			in.Roles = in.Validated
			return in
		}, failure.SignatureInvalid},
		"another point's dump": {func(_ *testing.T, _ committer, in, other activities.CommitInput) activities.CommitInput {
			in.Dump, in.Verified = other.Dump, other.Verified
			return in
		}, failure.SignatureInvalid},
		"another attempt's verification": {func(t *testing.T, c committer, in, _ activities.CommitInput) activities.CommitInput {
			in.Verified = c.attempt(t, in.Plan.Scheduled, vault.ShortID(in.Plan.Point), "r-2").Verified
			return in
		}, failure.SignatureInvalid},
		"a statement that is gone": {func(t *testing.T, c committer, in, _ activities.CommitInput) activities.CommitInput {
			require.NoError(t, c.backup.Container.Delete(t.Context(), in.Dump.Blob))
			return in
		}, failure.VerificationFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCommitter(t)
			in, other := c.dumped(t, night, "00000001"), c.dumped(t, night.AddDate(0, 0, 1), "00000002")
			in = forged.forge(t, c, in, other)
			_, err := c.tryCommit(t, in)
			require.Error(t, err)
			require.Equal(t, forged.code, temporalx.Failure(err).Code, err)
			_, err = c.backup.Vault.FindPoint(t.Context(), orders, in.Plan.Point)
			require.Equal(t, failure.RecoveryPointNotFound, failure.CodeOf(err))
		})
	}
}

// Without the duty to sign, an unsigned statement is accepted, and anybody who may
// write blobs can have stored it. Commit does not sign what follows from it.
func TestCommitSignsOnlyWhatFollowsFromSignedStatements(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		forge func(t *testing.T, c committer, in activities.CommitInput) activities.CommitInput
		keyID string
	}{
		"as it was": {func(_ *testing.T, _ committer, in activities.CommitInput) activities.CommitInput { return in }, "manifest/1"},
		"unsigned roles": {func(t *testing.T, c committer, in activities.CommitInput) activities.CommitInput {
			in.Roles = c.replace(t, in.Roles, edited(t, func(e *statement.Envelope) { e.Signatures = nil }))
			return in
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made := newCommitter(t)
			made.trust(t, false)
			in := c.forge(t, made, made.dumped(t, night, "00000001"))
			made.commit(t, in)
			_, signature, err := made.backup.Vault.CheckedManifest(t.Context(), orders, in.Plan.Point)
			require.NoError(t, err)
			require.Equal(t, c.keyID, signature.KeyID)
			require.Equal(t, c.keyID == "", signature.Note != "")
		})
	}
}

// Anybody who may write blobs can leave what looks like the manifest of an attempt
// whose answer was lost.
func TestCommitTakesNoUnsignedManifestOfAnEarlierAttempt(t *testing.T) {
	t.Parallel()
	for _, required := range []bool{true, false} {
		c := newCommitter(t)
		c.trust(t, required)
		in := c.dumped(t, night, "00000001")
		dump, _, err := vault.ReadStatement[statement.Dump](t.Context(), c.backup.Vault, in.Dump, statement.TypeDump, c.place(t, in.Plan.Point))
		require.NoError(t, err)
		blob, err := c.backup.Container.Stat(t.Context(), dump.Dump.Blob)
		require.NoError(t, err)
		forged := manifest.Manifest{
			FormatVersion: manifest.FormatVersion, VaultID: "vault1", Instance: orders, PointID: in.Plan.Point, ScheduledTime: night, CommittedAt: time.Now().UTC(),
			Retention: manifest.Retention{Rule: "Forged", Expires: time.Now().UTC()},
			Server:    dump.Server, Tool: dump.Tool, Database: dump.Database, Dump: dump.Dump,
			Roles: manifest.Roles{Blob: strings.Replace(dump.Dump.BlocksBlob, "blocks-", "roles-", 1)},
		}
		forged.Dump.ETag, forged.Dump.SHA256 = blob.ETag, strings.Repeat("ab", sha256.Size)
		content, err := manifest.Encode(forged)
		require.NoError(t, err)
		sealed, err := statement.Seal(t.Context(), statement.Unsigned{}, statement.TypeManifest, content)
		require.NoError(t, err)
		folder := "instances/" + orders + "/points/" + in.Plan.Point + "/"
		for name, planted := range map[string][]byte{
			"manifest-" + blobstore.HashOf(content) + ".dsse.json":         sealed,
			"manifest-" + strings.Repeat("ab", sha256.Size) + ".dsse.json": make([]byte, 25<<20),
			"manifest-" + strings.Repeat("cd", sha256.Size) + ".dsse.json": []byte("{"),
		} {
			_, err = c.backup.Container.Put(t.Context(), folder+name, planted, nil)
			require.NoError(t, err)
		}
		require.Equal(t, "Monthly", c.commit(t, in).Rule)
		_, signature, err := c.backup.Vault.CheckedManifest(t.Context(), orders, in.Plan.Point)
		require.NoError(t, err)
		require.Equal(t, "manifest/1", signature.KeyID)
	}
}

// Between the first step of a restore and the last ones are hours, if a dump has to be
// rehydrated. The job says nothing of a signature that has gone in between.
func TestARestoreReadsNoPointWhoseSignatureHasGone(t *testing.T) {
	t.Parallel()
	c := newCommitter(t)
	c.trust(t, false)
	in := c.dumped(t, night, "00000001")
	c.commit(t, in)
	restore := &activities.Restore{Vault: c.backup.Vault, Now: time.Now}
	find := func() activities.PointRef {
		return run[activities.PointRef](t, restore, restore.FindPoint, activities.FindPointInput{Instance: orders, Point: in.Plan.Point})
	}
	found := find()
	require.True(t, found.Signed)
	require.Empty(t, found.Note)
	for b, err := range c.backup.Container.List(t.Context(), "instances/"+orders+"/points/"+in.Plan.Point+"/manifest-") {
		require.NoError(t, err)
		require.NoError(t, c.backup.Container.Delete(t.Context(), b.Name))
	}
	server := instance.Server{Host: "elsewhere.example"}
	for step, err := range map[string]error{
		"files":    tried(t, restore, restore.CopyFiles, activities.CopyInput{Point: found}),
		"database": tried(t, restore, restore.CheckTarget, activities.RestoreWork{Point: found, Target: jobs.RestoreTarget{Server: &server, Database: "x"}}),
	} {
		require.Error(t, err, step)
		require.Equal(t, failure.SignatureInvalid, temporalx.Failure(err).Code, "%s: %v", step, err)
	}
	again := find()
	require.False(t, again.Signed)
	require.Contains(t, again.Note, "without a signature")
}

// unusable is a signer whose key may not sign.
type unusable struct{}

func (unusable) Sign(context.Context, [sha256.Size]byte) (statement.Signature, error) {
	return statement.Signature{}, failure.New(failure.SigningKeyUnusable, "enable it", "the key is disabled")
}

// A person learns before the next night that backups cannot be signed.
func TestTheChecksTryTheSigningKey(t *testing.T) {
	t.Parallel()
	c := newCommitter(t)
	p := localenvtest.Postgres(t)
	c.backup.Source = signintest.Given{Secret: p.URI("postgres", p.Superuser, p.Password)}
	_, err := c.backup.Vault.PutInstance(t.Context(), instance.Instance{
		Name: orders, Policy: books(t), Database: "postgres", Server: instance.Server{Host: p.Host, Port: p.Port}.WithDefaults(),
		SignIn: instance.SignIn{KeyVaultSecret: "https://v.vault.azure.net/secrets/s"},
	})
	require.NoError(t, err)
	inspect := func() jobs.ValidateResult {
		return run[jobs.ValidateResult](t, c.backup, c.backup.Inspect, activities.InstanceRef{Instance: orders})
	}
	of := func(r jobs.ValidateResult) (found []failure.Finding) {
		for _, f := range r.Findings {
			if f.Check == "signature" {
				found = append(found, f)
			}
		}
		return found
	}
	require.Empty(t, of(inspect()))
	c.backup.Signer = unusable{}
	require.Equal(t, []failure.Finding{{Check: "signature", Code: failure.SigningKeyUnusable, Message: "the key is disabled", Action: "enable it"}}, of(inspect()))
	c.backup.Signer = statement.Unsigned{}
	unsigned := inspect()
	require.Empty(t, of(unsigned))
	require.Contains(t, strings.Join(unsigned.Notes, "\n"), "the backup is not signed")
}
