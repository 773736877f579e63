package localenvtest

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Pooler starts a proxy for the shared PostgreSQL and returns its port. It
// pools nothing, but looks like PgBouncer: the key of a session is not that of
// the server's process. It cuts a session after limit bytes from the server.
func Pooler(t *testing.T, limit int64) (port int) {
	t.Helper()
	certificate, err := CA(t).Server()
	require.NoError(t, err)
	pair, err := tls.LoadX509KeyPair(certificate.CertFile, certificate.KeyFile)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	p := pooler{config: &tls.Config{Certificates: []tls.Certificate{pair}}, server: net.JoinHostPort("localhost", strconv.Itoa(Postgres(t).Port)), limit: limit}
	var sessions sync.WaitGroup
	sessions.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			sessions.Go(func() { p.session(client) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		sessions.Wait()
	})
	return listener.Addr().(*net.TCPAddr).Port
}

type pooler struct {
	config *tls.Config
	server string
	limit  int64
}

// session is unencrypted towards the server, which then offers no channel
// binding.
func (p pooler) session(client net.Conn) {
	defer client.Close()
	var request [8]byte // for TLS
	if _, err := io.ReadFull(client, request[:]); err != nil {
		return
	}
	if _, err := client.Write([]byte("S")); err != nil {
		return
	}
	secure := tls.Server(client, p.config)
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, secure)
		_ = server.Close()
	}()
	for passed := int64(0); passed <= p.limit; {
		message, err := nextMessage(server)
		if err != nil {
			return
		}
		if message[0] == 'K' { // the session's key, which begins with the process ID
			message[8] ^= 1
		}
		if _, err := secure.Write(message); err != nil {
			return
		}
		passed += int64(len(message))
	}
}

// nextMessage reads a message of the server: its kind, its length and its body.
func nextMessage(r io.Reader) ([]byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	message := make([]byte, 1+binary.BigEndian.Uint32(head[1:]))
	_, err := io.ReadFull(r, message[copy(message, head[:]):])
	return message, err
}
