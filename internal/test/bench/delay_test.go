package bench

import (
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestADelayThatIsStoppedEndsItsSessions(t *testing.T) {
	t.Parallel()
	server, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	defer func() { _ = server.Close() }()
	way, err := startDelay(server.Addr().(*net.TCPAddr).Port, time.Hour)
	require.NoError(t, err)
	client, err := net.Dial("tcp", net.JoinHostPort("localhost", strconv.Itoa(way.port())))
	require.NoError(t, err)
	defer client.Close()
	session, err := server.Accept()
	require.NoError(t, err)
	defer session.Close()
	_, err = session.Write([]byte("due in an hour"))
	require.NoError(t, err)
	way.stop()
	_, err = client.Read(make([]byte, 1))
	require.Error(t, err)
}
