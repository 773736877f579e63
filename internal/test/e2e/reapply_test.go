package e2e_test

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/stretchr/testify/require"
)

// A changed policy affects existing points only after it was reapplied. A dry
// run shows the changes before.
func TestReapplyPolicy(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, "")
	point := w.backup(t, i)
	expires := func() string {
		var points []struct{ Expires string }
		require.NoError(t, json.Unmarshal([]byte(w.ok(t, "points", i.Name, "-o", "json")), &points))
		return points[0].Expires
	}
	want := expires()
	require.JSONEq(t, "[]", w.ok(t, "policy", "reapply", i.Name, "-o", "json"), "nothing has changed")

	// As under the previous policy.
	state := `{"policy":"before","rule":"Weekly","expires":"2027-01-01T00:00:00Z"}`
	w.put(t, pointsOf(i)+point+"/retention.json", []byte(state), map[string]*string{"state": to.Ptr(url.QueryEscape(state))})
	require.Equal(t, "2027-01-01T00:00:00Z", expires())
	require.Regexp(t, point+` +Weekly → Default +- +2027-01-01 → 20`, w.ok(t, "policy", "reapply", i.Name))
	require.Equal(t, "2027-01-01T00:00:00Z", expires(), "nothing is changed without --apply")
	w.ok(t, "policy", "reapply", i.Name, "--apply", "--reason", "two years, say the auditors")
	require.Equal(t, want, expires())
	require.JSONEq(t, "[]", w.ok(t, "policy", "reapply", i.Name, "-o", "json"))
	require.Equal(t, "two years, say the auditors", w.document(t, pointsOf(i)+point+"/retention.json")["reason"])
}
