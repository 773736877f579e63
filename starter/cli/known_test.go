package cli_test

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// A name that does not exist starts no job.
func TestUnknownNamesAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	c := server(t)
	namespaceForOneVault(t, c) // a job of another vault is refused first
	url := localenvtest.Container(t)
	v := vaultOf(t, url)
	_, err := v.PutInstance(t.Context(), instance.Instance{Name: "known/orders"})
	require.NoError(t, err)
	const point = "20261124T020000Z-0a1b2c3d"
	for _, args := range [][]string{
		{"backup", "known/ordres"},
		{"restore", "known/ordres", "--to-server", "db", "--to-database", "copy"},
		{"verify", "known/ordres", "--all"},
		{"validate", "known/ordres"},
		{"delete", "known/ordres", "--point", point},
		{"undelete", "known/ordres", "--point", point},
		{"stop", "known/ordres", "--retain-forever"},
		{"resume", "known/ordres"},
		{"policy", "reapply", "known/ordres"},
		{"policy", "show", "known/ordres"},
		{"points", "known/ordres"},
		{"jobs", "--instance", "known/ordres"},
		{"sweep", "--allow-mass-deletion", "known/ordres"},
		{"grants", "known/ordres", "--apply", "--admin-user", "admin"},
	} {
		did := command{env: map[string]string{"PGVAULT_VAULT": url}}
		require.Equal(t, 2, did.run(t.Context(), args...), "%v: %s", args, did.errs.String())
		require.Contains(t, did.errs.String(), `"known/ordres"; did you mean "known/orders"?`, "%v", args)
		require.NotContains(t, did.errs.String(), "rerun")
	}
	for _, args := range [][]string{
		{"restore", "known/orders", "--point", point, "--to-server", "db", "--to-database", "copy"},
		{"verify", "known/orders", "--point", point},
		{"delete", "known/orders", "--point", point},
		{"undelete", "known/orders", "--point", point},
	} {
		did := command{env: map[string]string{"PGVAULT_VAULT": url}}
		require.Equal(t, 2, did.run(t.Context(), args...), "%v: %s", args, did.errs.String())
		require.Contains(t, did.errs.String(), "UserErrorRecoveryPointNotFound", "%v", args)
	}
	started, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: `PgvaultInstance IN ("known/ordres", "known/orders")`})
	require.NoError(t, err)
	require.Zero(t, started.GetCount())
}

// A person sees which storage account refuses connections. The log tells how soon.
func TestAVaultThatRefusesConnections(t *testing.T) {
	t.Parallel()
	server(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	url := "https://" + listener.Addr().String() + "/account/vault"
	require.NoError(t, listener.Close())
	for _, args := range [][]string{{"points", "--vault", url}, {"apply", "-f", pgvaultYAML(t, url, "a")}, {"apply", "--dry-run", "-f", pgvaultYAML(t, url, "a")}} {
		var did command
		began := time.Now()
		require.Equal(t, 1, did.run(t.Context(), args...))
		require.Contains(t, did.errs.String(), "StorageUnavailable")
		require.Contains(t, did.errs.String(), "connection refused")
		t.Logf("%v: %s", args[0], time.Since(began))
	}
}
