package localenv_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
)

// Between the check whether a port is free and the start of its server, the
// kernel may assign a port of its own range.
func TestNoOutgoingConnectionTakesAFamiliarPort(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	require.NoError(t, err)
	var first, last int
	_, err = fmt.Sscan(string(text), &first, &last)
	require.NoError(t, err)
	for _, port := range localenv.FamiliarPorts() {
		require.False(t, first <= port && port <= last, "port %d is between %d and %d", port, first, last)
	}
}
