package postgres_test

import (
	"encoding/binary"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/secret"
)

// hostile is a server that reads the startup message, announces a message of a
// type and a length, and sends nothing more. No real server does so.
func hostile(t *testing.T, kind byte, length uint32) (port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				header := make([]byte, 4)
				if _, err := io.ReadFull(conn, header); err != nil {
					return
				}
				_, _ = io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(header))-4)
				_, _ = conn.Write(binary.BigEndian.AppendUint32([]byte{kind}, length))
				_, _ = io.Copy(io.Discard, conn)
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func TestALongMessageIsNotRead(t *testing.T) {
	t.Parallel()
	for _, kind := range []byte{'R', 'E', 'N', 'S', 'D'} {
		to := postgres.Target{
			Host: "127.0.0.1", Port: hostile(t, kind, 1<<30-1), User: "u", Database: "d", TLS: postgres.TLS{Mode: postgres.Disable},
			Password: fixed(secret.New("p")),
		}
		_, err := postgres.Connect(t.Context(), to)
		require.Equal(t, failure.StatementRefused, failure.CodeOf(err), "%c: %v", kind, err)
		require.ErrorContains(t, err, "announces a message of 1073741819 bytes")
	}
}
