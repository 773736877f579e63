package vault_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
)

// nasty are texts whose characters take most room where they are listed.
var nasty = map[string]string{
	"markup": "<&>", "controls": "\x00\x01\x7f\r\n", "quotes": `"\`, "no UTF-8": "\xff\xfe", "separators": "\u2028\u2029",
	"umlauts": "ü", "astral": "🐘", "plain": "a b", "percent": "%/+",
}

// maxMeta is what the storage takes of metadata, names and values together.
const maxMeta = 8 << 10

func (b bundle) requireMetaFits(t *testing.T) {
	t.Helper()
	for blob, err := range b.container.List(t.Context(), "") {
		require.NoError(t, err)
		size := 0
		for name, value := range blob.Meta {
			size += len(name) + len(value)
		}
		require.LessOrEqual(t, size, maxMeta, blob.Name)
		require.LessOrEqual(t, len(blob.Name), 1024)
	}
}

// jobID makes of a text what Temporal takes: 1,000 bytes, and UTF-8.
func jobID(text string) string {
	text = text[:min(len(text), 1000)]
	if text[0] == 0xff {
		return strings.Repeat("?", len(text))
	}
	return strings.ToValidUTF8(text, "")
}

func TestARecordIsWrittenWhateverItSays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, char := range nasty {
		for _, length := range []int{1, 100, 500, 20000} {
			text := strings.Repeat(char, length/len(char)+1)
			id := jobID(text)
			r := jobs.Record{
				ID: id, RunID: "0192e4a0-7b1c-7d3e-9f00-aaaaaaaa0001", Operation: "ReapplyPolicy", Instance: text, Point: text, Started: scheduled, Ended: scheduled.Add(time.Hour),
				Outcome: "completed", Code: "UserErrorMaxConcurrentOperationLimitReached", Message: text, Trigger: "on-demand", Identity: text, Reason: text,
				Leftovers: []jobs.Leftover{{Server: text, Database: text, Reason: text}},
				Work: jobs.Work{
					Worker: jobs.Worker{Host: text, Version: text, ObjectID: strings.Repeat("0", 36)}, Rows: new(int64), Bytes: 1 << 62, Ignored: 1 << 30, IgnoredErrors: []string{text},
					SignIn: jobs.SignIn{Kind: "key-vault", URL: text, Version: text, User: text}, Source: jobs.Place{Server: text, Database: text},
					Target: jobs.Place{Server: text, Database: text, Tables: []string{text}, Schemas: []string{text}, Content: "schema", Container: text, Prefix: text},
				},
			}
			require.NoError(t, b.PutJob(t.Context(), r), "%s, %d", name, length)
		}
	}
	b.requireMetaFits(t)
	found, err := b.ListJobs(t.Context(), scheduled, scheduled.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 4*len(nasty), len(found), "each can be read, and none takes another's place")
	for _, r := range found {
		require.NotEmpty(t, r.ID)
		require.True(t, len(r.Message) <= 510 || strings.HasSuffix(r.Message, "…"), "what is cut shows it")
	}
}

func TestAStateIsWrittenWhateverItsReason(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, orders, scheduled)
	for name, char := range nasty {
		text := strings.Repeat(char, 5000)
		job := jobID(text)
		require.NoError(t, b.SetProtection(t.Context(), orders, vault.Protection{State: vault.RetainAsPerPolicy, Reason: text, Identity: text, Job: job}), name)
		require.NoError(t, b.SetRetention(t.Context(), orders, m.PointID, vault.Retention{Policy: "p", Rule: "r", Expires: scheduled, Reason: text, Identity: text, Job: job}), name)
		require.NoError(t, b.SoftDelete(t.Context(), orders, m.PointID, vault.Tombstone{At: scheduled, Until: scheduled, Reason: text, Identity: text, Job: job}), name)
		b.requireMetaFits(t)
		p, err := b.FindPoint(t.Context(), orders, m.PointID)
		require.NoError(t, err)
		require.Equal(t, scheduled, p.Deleted.Until, "it can be read")
		require.NoError(t, b.Undelete(t.Context(), orders, m.PointID))
	}
}
