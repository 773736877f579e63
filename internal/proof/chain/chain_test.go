package chain_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/chain"
	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/internal/vault/statement"
	"github.com/pgvault/pgvault/internal/vault/statement/statementtest"
)

var (
	place = chain.Place{VaultID: "own", Instance: "shop/orders"}
	begin = time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)
)

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// maker writes chains as drills do.
type maker struct {
	t      *testing.T
	signer statement.Signer
}

// record returns the blob of a record after a change.
func (m maker) record(n int, previous string, change func(*proof.Record)) chain.Stored {
	at := begin.AddDate(0, 0, 7*n)
	r := proof.Record{FormatVersion: 1, VaultID: "own", Instance: "shop/orders", Sequence: n, Previous: previous, Verdict: proof.Proven, RecordedAt: at}
	if change != nil {
		change(&r)
	}
	payload, err := json.Marshal(r)
	require.NoError(m.t, err)
	content, err := statement.Seal(m.t.Context(), m.signer, statement.TypeProof, payload)
	require.NoError(m.t, err)
	return chain.Stored{Sequence: n, At: at.Add(time.Second), Content: content}
}

// chain returns n records.
func (m maker) chain(n int) (all []chain.Stored) {
	previous := ""
	for i := 1; i <= n; i++ {
		s := m.record(i, previous, nil)
		previous = sumOf(s.Content)
		all = append(all, s)
	}
	return all
}

func anchor(s chain.Stored) chain.Anchor {
	return chain.Anchor{Point: "P" + fmt.Sprint(s.Sequence), At: s.At.Add(time.Hour), Sequence: s.Sequence, SHA256: sumOf(s.Content)}
}

func verify(keys trust.Signatures, all []chain.Stored, anchors ...chain.Anchor) chain.Result {
	v := chain.New(place, keys)
	for _, s := range all {
		v.Add(s)
	}
	return v.End(anchors)
}

// TestTamperedChains has a line for each thing that somebody can do to a chain of five
// records, of which a manifest names the fourth.
func TestTamperedChains(t *testing.T) {
	t.Parallel()
	key := statementtest.New(t, "evidence/1")
	m, other := maker{t, key}, maker{t, statementtest.New(t, "evidence/1")}
	unsigned := maker{t, statement.Unsigned{}}
	unknown := maker{t, statementtest.New(t, "stranger/1")}
	keys := trust.Signatures{Evidence: []trust.Key{key.Pinned(begin)}}
	whole := m.chain(5)
	link := func(n int) string { return sumOf(whole[n-2].Content) }
	with := func(n int, s chain.Stored) []chain.Stored {
		all := slices.Clone(whole)
		all[n-1] = s
		return all
	}
	changed := func(n int, change func(*chain.Stored)) []chain.Stored {
		s := whole[n-1]
		change(&s)
		return with(n, s)
	}
	for name, c := range map[string]struct {
		stored []chain.Stored
		says   []string
	}{
		"untouched":               {stored: whole},
		"removed":                 {slices.Concat(whole[:2], whole[3:]), []string{"record 3 is missing"}},
		"several removed":         {slices.Concat(whole[:1], whole[4:]), []string{"records 2 to 4 are missing"}},
		"first removed":           {whole[1:], []string{"record 1 is missing"}},
		"cut off":                 {whole[:3], []string{"the end of the chain was cut off: record 4 is gone, and the manifest of point P4, committed at 2026-11-29T07:00:01Z, names it"}},
		"all removed":             {nil, []string{"the end of the chain was cut off: record 4 is gone, and the manifest of point P4, committed at 2026-11-29T07:00:01Z, names it"}},
		"deleted with versions":   {changed(3, func(s *chain.Stored) { s.Deleted = true }), []string{"record 3 was deleted; the storage account still has an earlier version of it"}},
		"head deleted":            {changed(5, func(s *chain.Stored) { s.Deleted = true }), []string{"record 5 was deleted; the storage account still has an earlier version of it"}},
		"written over":            {changed(5, func(s *chain.Stored) { s.Changed = true }), []string{"record 5 was written over: the storage account has an earlier version of it, and a drill writes a record once"}},
		"unreadable":              {changed(3, func(s *chain.Stored) { s.Unreadable = "it has 9 GB" }), []string{"record 3 cannot be read: it has 9 GB"}},
		"junk":                    {changed(5, func(s *chain.Stored) { s.Content = []byte("junk") }), []string{"record 5 is no record of a drill: its signature does not hold: not a statement: invalid character 'j' looking for beginning of value"}},
		"one byte changed":        {changed(5, func(s *chain.Stored) { s.Content = tampered(t, s.Content) }), []string{"record 5: its signature does not hold: key evidence/1 has not signed this content"}},
		"another key of the name": {with(5, other.record(5, link(5), nil)), []string{"record 5: its signature does not hold: key evidence/1 has not signed this content"}},
		"a stranger's key":        {with(5, unknown.record(5, link(5), nil)), []string{`record 5: it is not signed by a key of the trust file, only by "stranger/1"`}},
		"signature removed":       {with(5, unsigned.record(5, link(5), nil)), []string{"record 5: it is not signed by a key of the trust file"}},
		"reordered": {stored: slices.Concat(whole[:1], []chain.Stored{renamed(whole[2], 2), renamed(whole[1], 3)}, whole[3:]), says: []string{
			"record 2 is not at its place: it was written as record 3", "record 3 is not at its place: it was written as record 2",
			"record 4 was not written behind the stored record 3: it names the SHA-256 \"" + sumOf(whole[2].Content) + "\", and the stored one has " + sumOf(whole[1].Content),
		}},
		"replaced by the key's owner": {with(4, m.record(4, link(4), func(r *proof.Record) { r.Verdict = proof.Failed })), []string{
			"record 5 was not written behind the stored record 4: it names the SHA-256 \"" + sumOf(whole[3].Content) + "\", and the stored one has ",
			"record 4 is not the one that was there: the manifest of point P4, committed at 2026-11-29T07:00:01Z, names it with the SHA-256 " + sumOf(whole[3].Content) + ", and the stored one has ",
		}},
		"inserted at the end":      {append(slices.Clone(whole), m.record(6, "", nil)), []string{`record 6 was not written behind the stored record 5: it names the SHA-256 "", and the stored one has ` + sumOf(whole[4].Content)}},
		"far behind":               {append(slices.Clone(whole), m.record(99_999_999, "", func(r *proof.Record) { r.RecordedAt = begin })), []string{"records 6 to 99999998 are missing", "record 99999999 was not stored by its drill"}},
		"stored later":             {changed(5, func(s *chain.Stored) { s.At = s.At.AddDate(0, 1, 0) }), []string{"record 5 was not stored by its drill: it says 2026-12-06T06:00:00Z, and the storage got it at 2027-01-06T06:00:01Z"}},
		"another instance's":       {with(5, m.record(5, link(5), func(r *proof.Record) { r.Instance = "shop/customers" })), []string{`record 5 is of another chain: it was written for instance "shop/customers" in vault "own"`}},
		"another vault's":          {with(5, m.record(5, link(5), func(r *proof.Record) { r.VaultID = "test" })), []string{`record 5 is of another chain: it was written for instance "shop/orders" in vault "test"`}},
		"the first has one before": {[]chain.Stored{m.record(1, link(2), nil)}, []string{"record 1 was written behind another one, with the SHA-256 " + link(2) + ", which is gone", "the end of the chain was cut off: record 4 is gone"}},
		"newer format":             {with(5, m.record(5, link(5), func(r *proof.Record) { r.FormatVersion = 2 })), []string{"record 5 has format version 2, and this program knows up to 1: use a newer one"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := verify(keys, c.stored, anchor(whole[3]))
			require.Equal(t, len(c.says) == 0, result.Whole())
			require.Len(t, result.Problems, len(c.says), "%+v", result.Problems)
			for i, says := range c.says {
				require.Contains(t, result.Problems[i].Message, says)
			}
		})
	}
}

func renamed(s chain.Stored, n int) chain.Stored { s.Sequence = n; return s }

// tampered returns an envelope with another verdict under the old signature.
func tampered(t *testing.T, content []byte) []byte {
	t.Helper()
	e, err := statement.Decode(content, statement.TypeProof)
	require.NoError(t, err)
	var r proof.Record
	require.NoError(t, json.Unmarshal(e.Payload, &r))
	r.Verdict = proof.Failed
	e.Payload, err = json.Marshal(r)
	require.NoError(t, err)
	content, err = e.Encode()
	require.NoError(t, err)
	return content
}

// TestARewrittenChain: the owner of the key writes the whole chain again, and the
// newest manifest names the new one. An older manifest does not.
func TestARewrittenChain(t *testing.T) {
	t.Parallel()
	key := statementtest.New(t, "evidence/1")
	m := maker{t, key}
	before, after := m.chain(3), m.chain(3)
	result := verify(trust.Signatures{Evidence: []trust.Key{key.Pinned(begin)}}, after, anchor(before[1]), anchor(after[2]))
	require.Len(t, result.Problems, 1)
	require.Equal(t, chain.Replaced, result.Problems[0].Kind)
	require.Equal(t, 2, result.Problems[0].Sequence)
}

func TestRecordsBehindTheNewestManifestAreNotAnchored(t *testing.T) {
	t.Parallel()
	key := statementtest.New(t, "evidence/1")
	m := maker{t, key}
	all := m.chain(4)
	result := verify(trust.Signatures{Evidence: []trust.Key{key.Pinned(begin)}}, all, anchor(all[1]), anchor(all[0]))
	require.Equal(t, chain.Result{
		Instance: "shop/orders", Records: 4, Head: 4, HeadSHA256: sumOf(all[3].Content), Signed: 4, Anchored: 2, Unanchored: []int{3, 4},
	}, result)
	require.Equal(t, []int{1, 2, 3, 4}, verify(trust.Signatures{}, all).Unanchored)
}

func TestRecordsThatAreOlderThanTheKeys(t *testing.T) {
	t.Parallel()
	key := statementtest.New(t, "evidence/1")
	unsigned, signed := maker{t, statement.Unsigned{}}, maker{t, key}
	first := unsigned.record(1, "", nil)
	second := signed.record(2, sumOf(first.Content), nil)
	all := []chain.Stored{first, second}
	result := verify(trust.Signatures{Evidence: []trust.Key{key.Pinned(second.At.Add(-time.Minute))}}, all)
	require.True(t, result.Whole(), "%v", result.Problems)
	require.Equal(t, []string{"records that are older than the keys for evidence and are not signed: 1"}, result.Notes)
	require.Equal(t, 1, result.Signed)
	result = verify(trust.Signatures{}, all)
	require.True(t, result.Whole())
	require.Equal(t, []string{"no signature was checked: the trust file names no key for evidence"}, result.Notes)
}

// A key counts for the time at which the storage got a record, or for the signed time
// if the vault was copied on that day.
func TestTheTimeOfASignature(t *testing.T) {
	t.Parallel()
	key := statementtest.New(t, "evidence/1")
	all := maker{t, key}.chain(1)
	ended := key.Pinned(begin)
	ended.Until = all[0].At.AddDate(0, 0, 1).Truncate(24 * time.Hour)
	all[0].At = ended.Until.AddDate(0, 1, 0)
	result := verify(trust.Signatures{Evidence: []trust.Key{ended}}, all)
	require.Equal(t, []string{chain.Late, chain.Forged}, []string{result.Problems[0].Kind, result.Problems[1].Kind})
	copied := trust.Signatures{Evidence: []trust.Key{ended}, Copied: []time.Time{all[0].At.Truncate(24 * time.Hour)}}
	result = verify(copied, all)
	require.True(t, result.Whole(), "%v", result.Problems)
}

func TestProblemsAreBounded(t *testing.T) {
	t.Parallel()
	v := chain.New(place, trust.Signatures{})
	for n := 1; n <= 300; n++ {
		v.Add(chain.Stored{Sequence: n, Content: []byte("junk")})
	}
	result := v.End(nil)
	require.Len(t, result.Problems, chain.MaxProblems)
	require.Equal(t, 200, result.MoreProblems)
}

func TestAddReturnsWhatARecordSays(t *testing.T) {
	t.Parallel()
	key := statementtest.New(t, "evidence/1")
	all := maker{t, key}.chain(1)
	v := chain.New(place, trust.Signatures{Evidence: []trust.Key{key.Pinned(begin)}})
	r, ok := v.Add(all[0])
	require.True(t, ok)
	require.Equal(t, proof.Proven, r.Verdict)
	require.Equal(t, "evidence/1", r.KeyID)
	require.Equal(t, sumOf(all[0].Content), r.SHA256)
	_, ok = v.Add(chain.Stored{Sequence: 2, Content: []byte("junk")})
	require.False(t, ok)
}
