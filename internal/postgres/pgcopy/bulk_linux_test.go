package pgcopy_test

import (
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRowsAreWaitedForTogether: a server sends 8 KiB at a time, and who waits
// for rows is not to be woken for each. What follows the rows may be a byte.
func TestRowsAreWaitedForTogether(t *testing.T) {
	t.Parallel()
	c, network := takeWatched(t)
	require.Equal(t, 1, wakesAt(t, network.TCPConn))
	most := 0
	sink := &first{came: func() { most = max(most, wakesAt(t, network.TCPConn)) }}
	require.NoError(t, c.Copy(t.Context(), "COPY (SELECT repeat('x', 3999) FROM generate_series(1, 5000)) TO STDOUT", sink))
	require.Equal(t, 5000*4000, sink.outputs[0].Len())
	require.Equal(t, 256<<10, most)
	require.Equal(t, 1, wakesAt(t, network.TCPConn))
}

// wakesAt is how many bytes the system wakes a reader at.
func wakesAt(t *testing.T, conn *net.TCPConn) (bytes int) {
	t.Helper()
	socket, err := conn.SyscallConn()
	require.NoError(t, err)
	err = socket.Control(func(fd uintptr) {
		bytes, err = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVLOWAT)
	})
	require.NoError(t, err)
	return bytes
}
