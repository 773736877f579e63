package statement_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

var stored = time.Date(2026, 12, 24, 2, 0, 0, 0, time.UTC)

// since is the day from which on the keys are valid.
var since = stored.AddDate(0, 0, -10)

func sealed(t *testing.T, s statement.Signer, payload string) statement.Envelope {
	t.Helper()
	content, err := statement.Seal(t.Context(), s, statement.TypeDump, []byte(payload))
	require.NoError(t, err)
	e, err := statement.Decode(content, statement.TypeDump)
	require.NoError(t, err)
	return e
}

func TestVerify(t *testing.T) {
	t.Parallel()
	s, other := statementtest.New(t, "manifest/1"), statementtest.New(t, "manifest/2")
	key := s.Pinned(since)
	for name, c := range map[string]struct {
		keys   []trust.Key
		change func(*statement.Envelope)
		at     time.Time
		want   error
		says   string
	}{
		"signed":           {keys: []trust.Key{other.Pinned(since), key}},
		"no keys":          {want: statement.ErrUnsigned, says: "manifest/1"},
		"another key":      {keys: []trust.Key{other.Pinned(since)}, want: statement.ErrUnsigned},
		"no signature":     {keys: []trust.Key{key}, change: func(e *statement.Envelope) { e.Signatures = nil }, want: statement.ErrUnsigned},
		"other payload":    {keys: []trust.Key{key}, change: func(e *statement.Envelope) { e.Payload = []byte("{ }") }, want: statement.ErrInvalid},
		"other type":       {keys: []trust.Key{key}, change: func(e *statement.Envelope) { e.PayloadType = statement.TypeRoles }, want: statement.ErrInvalid},
		"other signature":  {keys: []trust.Key{key}, change: func(e *statement.Envelope) { e.Signatures[0].Sig[9] ^= 1 }, want: statement.ErrInvalid},
		"signature cut":    {keys: []trust.Key{key}, change: func(e *statement.Envelope) { e.Signatures[0].Sig = e.Signatures[0].Sig[:8] }, want: statement.ErrInvalid},
		"claims other key": {keys: []trust.Key{key, other.Pinned(since)}, change: func(e *statement.Envelope) { e.Signatures[0].KeyID = other.ID }, want: statement.ErrInvalid},
		"before the key":   {keys: []trust.Key{key}, at: key.From.Add(-time.Second), want: statement.ErrInvalid, says: "valid from 2026-12-14"},
		"a second signer": {keys: []trust.Key{key}, change: func(e *statement.Envelope) {
			e.Signatures = append([]statement.Signature{{KeyID: "x/1"}}, e.Signatures...)
		}},
		"until, in time":    {keys: []trust.Key{until(key, stored.Add(time.Second))}},
		"until, too late":   {keys: []trust.Key{until(key, stored)}, want: statement.ErrInvalid, says: "valid until"},
		"revoked later":     {keys: []trust.Key{revoked(key, stored.Add(time.Second))}},
		"revoked before it": {keys: []trust.Key{revoked(key, stored)}, want: statement.ErrInvalid, says: "revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := sealed(t, s, "{}")
			if c.change != nil {
				c.change(&e)
			}
			if c.at.IsZero() {
				c.at = stored
			}
			id, err := e.Verify(c.keys, c.at)
			require.ErrorIs(t, err, c.want)
			if c.want == nil {
				require.Equal(t, s.ID, id)
				return
			}
			require.ErrorContains(t, err, c.says)
			require.Empty(t, id)
		})
	}
}

// Who can write blobs can add any number of signatures.
func TestTheNumberOfSignaturesIsBounded(t *testing.T) {
	t.Parallel()
	s := statementtest.New(t, "manifest/1")
	e := sealed(t, s, "{}")
	for range 2 {
		content, err := json.Marshal(e)
		require.NoError(t, err)
		_, err = statement.Decode(content, statement.TypeDump)
		require.NoError(t, err)
		_, err = e.Verify([]trust.Key{s.Pinned(since)}, stored)
		require.NoError(t, err)
		for len(e.Signatures) < 8 {
			e.Signatures = append([]statement.Signature{{KeyID: strings.Repeat("x", 1000) + "/1"}}, e.Signatures...)
		}
	}
	e.Signatures = append(e.Signatures, e.Signatures[0])
	content, err := json.Marshal(e)
	require.NoError(t, err)
	_, err = statement.Decode(content, statement.TypeDump)
	require.ErrorIs(t, err, statement.ErrInvalid)
	require.ErrorContains(t, err, "9 signatures")
}

func until(k trust.Key, at time.Time) trust.Key   { k.Until = at; return k }
func revoked(k trust.Key, at time.Time) trust.Key { k.Revoked = at; return k }

// The pre-authentication encoding is that of the DSSE specification, so that
// other tools check the signature.
func TestSignsTheEncodingOfDSSE(t *testing.T) {
	t.Parallel()
	s := statementtest.New(t, "manifest/1")
	e := sealed(t, s, `{"a":1}`)
	digest := sha256.Sum256([]byte(`DSSEv1 33 application/vnd.pgvault.dump+json 7 {"a":1}`))
	require.True(t, s.Verify(digest, e.Signatures[0].Sig))
}

func TestAWorkerWithoutKeysDoesNotSign(t *testing.T) {
	t.Parallel()
	e := sealed(t, statement.Unsigned{}, "{}")
	require.Empty(t, e.Signatures)
	require.NotNil(t, e.Signatures, "the list is there for other tools")
}

type failing struct{ err error }

func (f failing) Sign(context.Context, [sha256.Size]byte) (statement.Signature, error) {
	return statement.Signature{}, f.err
}

func TestNothingIsSealedIfTheSignerFails(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	content, err := statement.Seal(t.Context(), failing{down}, statement.TypeDump, []byte("{}"))
	require.ErrorIs(t, err, down)
	require.Empty(t, content)
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"nothing":     "",
		"no JSON":     "{",
		"other type":  `{"payloadType":"application/vnd.pgvault.roles+json","payload":"e30=","signatures":[]}`,
		"no payload":  `{"payloadType":"application/vnd.pgvault.dump+json","payload":"","signatures":[]}`,
		"no base64":   `{"payloadType":"application/vnd.pgvault.dump+json","payload":"e30","signatures":[]}`,
		"a list":      `[]`,
		"JSON inside": `{"payloadType":"application/vnd.pgvault.dump+json","payload":{},"signatures":[]}`,
	} {
		_, err := statement.Decode([]byte(content), statement.TypeDump)
		require.ErrorIs(t, err, statement.ErrInvalid, name)
	}
}

func TestReadRefusesAnotherPlace(t *testing.T) {
	t.Parallel()
	place := statement.Place{VaultID: "v", Instance: "shop/orders", Point: "p"}
	payload, err := json.Marshal(statement.Dump{Step: statement.Step{Place: place, Run: "run"}})
	require.NoError(t, err)
	e := statement.Envelope{Payload: payload}
	_, err = statement.Read[statement.Dump](e, place)
	require.NoError(t, err)
	for _, other := range []statement.Place{
		{VaultID: "w", Instance: "shop/orders", Point: "p"}, {VaultID: "v", Instance: "shop/items", Point: "p"}, {VaultID: "v", Instance: "shop/orders", Point: "q"},
	} {
		_, err = statement.Read[statement.Dump](e, other)
		require.ErrorIs(t, err, statement.ErrInvalid)
	}
	_, err = statement.Read[statement.Dump](statement.Envelope{Payload: []byte("[]")}, place)
	require.ErrorIs(t, err, statement.ErrInvalid)
}

func TestCheckAge(t *testing.T) {
	t.Parallel()
	require.NoError(t, statement.CheckAge(stored.Add(-48*time.Hour), stored))
	require.NoError(t, statement.CheckAge(stored.Add(time.Minute), stored), "clocks differ")
	require.ErrorIs(t, statement.CheckAge(stored.Add(-48*time.Hour-time.Second), stored), statement.ErrInvalid)
	require.ErrorIs(t, statement.CheckAge(stored.Add(49*time.Hour), stored), statement.ErrInvalid)
}
