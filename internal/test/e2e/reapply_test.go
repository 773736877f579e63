package e2e_test

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/stretchr/testify/require"

	printed "github.com/pgvault/pgvault/starter/cli/document"
)

// A changed policy affects existing points only after it was reapplied. A dry
// run shows the changes before.
func TestReapplyPolicy(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, "")
	point := w.backup(t, i)
	expires := func() string {
		return w.listed(t, i)[0].Expires.Format(time.RFC3339)
	}
	want := expires()
	require.Empty(t, w.reapplied(t, i), "nothing has changed")

	// As under the previous policy.
	state := `{"policy":"before","rule":"Weekly","expires":"2027-01-01T00:00:00Z"}`
	w.put(t, pointsOf(i)+point+"/retention.json", []byte(state), map[string]*string{"state": to.Ptr(url.QueryEscape(state))})
	require.Equal(t, "2027-01-01T00:00:00Z", expires())
	require.Regexp(t, point+` +Weekly → Default +- +2027-01-01 → 20`, w.ok(t, "policy", "reapply", i.Name))
	require.Equal(t, "2027-01-01T00:00:00Z", expires(), "nothing is changed without --apply")
	w.ok(t, "policy", "reapply", i.Name, "--apply", "--reason", "two years, say the auditors")
	require.Equal(t, want, expires())
	require.Empty(t, w.reapplied(t, i))
	require.Equal(t, "two years, say the auditors", w.document(t, pointsOf(i)+point+"/retention.json")["reason"])
}

// reapplied returns the changes that a reapplication of the policy would make.
func (w *world) reapplied(t *testing.T, i instance) []printed.RetentionChange {
	t.Helper()
	var answer printed.JobOf[printed.Reapply]
	require.NoError(t, json.Unmarshal([]byte(w.ok(t, "policy", "reapply", i.Name, "-o", "json")), &answer))
	require.True(t, answer.Result.DryRun)
	return answer.Result.Changes
}
