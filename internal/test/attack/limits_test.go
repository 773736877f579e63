package attack_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

// TestLimit_AForgedPolicyIsReapplied has a policy that somebody has written into
// the vault reapplied by somebody who can start workflows. The worker signs the
// shorter retention: docs/SECURITY_MODEL.md says so.
func TestLimit_AForgedPolicyIsReapplied(t *testing.T) {
	t.Parallel()
	a := newVault(t)
	key := a.newKey(t)
	a.requires(t, []pinned{pin(t, key, longSince)})
	a.startWorker(t)
	m := a.point(t, a.instance.Name)
	forged := a.instance
	forged.Policy.Rules = []policy.Rule{{Name: policy.DefaultRule, Lifecycle: policy.Lifecycle{Standard: policy.Duration{Days: 1}}}}
	a.define(t, forged)
	require.NoError(t, a.run(t, unique("reapply/"+m.Instance), jobs.TaskQueue, jobs.TypeReapplyPolicy, jobs.ReapplyPolicyInput{Instance: m.Instance}))
	changes := a.read(t, folderOf(m)+"retention-")
	require.Len(t, changes, 1)
	e := opened(t, changes[0])
	require.Equal(t, key.ID, e.Signatures[0].KeyID)
	var signed statement.Retention
	require.NoError(t, json.Unmarshal(e.Payload, &signed))
	require.Equal(t, m.ScheduledTime.AddDate(0, 0, 1), signed.Expires)
}
