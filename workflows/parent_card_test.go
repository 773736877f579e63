package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/workflows"
)

// parentCard returns the card of a running Backup on a worker that knows an address
// of the UI.
func parentCard(t *testing.T, ui temporalx.UI) (card string) {
	t.Helper()
	e := newEnv(t)
	e.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{temporalx.NewUIInterceptor(ui)}})
	e.backUp()
	e.RegisterDelayedCallback(func() { card = e.card(t) }, 30*time.Minute)
	e.ExecuteWorkflow(workflows.Backup, raw(`{"instance":"shop/orders"}`))
	require.NoError(t, e.GetWorkflowError())
	return card
}

func TestTheCardOfABackupLeadsToItsWork(t *testing.T) {
	t.Parallel()
	require.Equal(t, "The work is done by backup-run/shop/orders.", parentCard(t, ""))
	require.Regexp(t, `^The work is done by \[backup-run/shop/orders\]\(https://temporal\.example\.com/namespaces/default-test-namespace/workflows/backup-run%2Fshop%2Forders/[\w-]+\)\.$`,
		parentCard(t, "https://temporal.example.com"))
}
