package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
)

func registerNamespace(t *testing.T, address, name string) {
	t.Helper()
	c, err := client.NewNamespaceClient(client.Options{HostPort: address, Logger: silent{}})
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.Register(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	}))
	require.Eventually(t, func() bool {
		_, err := c.Describe(t.Context(), name)
		return err == nil
	}, patience, 50*time.Millisecond)
}

// dial connects to the world's namespace.
func (w *world) dial(t *testing.T) {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: w.env.Temporal.Address, Namespace: w.namespace, Logger: silent{}})
	require.NoError(t, err)
	w.temporal = c
}
