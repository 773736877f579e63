package pgcopy_test

import (
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReadsAreBatchedWhileRowsArrive reads the socket's low-water mark before,
// during and after a COPY. The message after the rows may be shorter than a batch.
func TestReadsAreBatchedWhileRowsArrive(t *testing.T) {
	t.Parallel()
	c, network := takeWatched(t)
	require.Equal(t, 1, lowWater(t, network.TCPConn))
	highest := 0
	sink := &onWrite{call: func() { highest = max(highest, lowWater(t, network.TCPConn)) }}
	require.NoError(t, c.Copy(t.Context(), "COPY (SELECT repeat('x', 3999) FROM generate_series(1, 5000)) TO STDOUT", sink))
	require.Equal(t, 5000*4000, sink.outputs[0].Len())
	require.Equal(t, 256<<10, highest)
	require.Equal(t, 1, lowWater(t, network.TCPConn))
}

// lowWater returns the number of bytes at which the system wakes a reader.
func lowWater(t *testing.T, conn *net.TCPConn) (bytes int) {
	t.Helper()
	socket, err := conn.SyscallConn()
	require.NoError(t, err)
	err = socket.Control(func(fd uintptr) {
		bytes, err = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVLOWAT)
	})
	require.NoError(t, err)
	return bytes
}
