package dump_test

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"math"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/localenv/localenvtest"
)

// pooled puts between dump and server what shows itself as a pooler does: the
// key of a session is not that of the server's process.
func pooled(t *testing.T, d dump.Dumper, r dump.Request) (dump.Dumper, dump.Request) {
	t.Helper()
	return pooledUpTo(t, math.MaxInt64, d, r)
}

// pooledUpTo cuts a session that the server has sent so many bytes.
func pooledUpTo(t *testing.T, limit int64, d dump.Dumper, r dump.Request) (dump.Dumper, dump.Request) {
	t.Helper()
	certificate, err := localenvtest.CA(t).Server()
	require.NoError(t, err)
	pair, err := tls.LoadX509KeyPair(certificate.CertFile, certificate.KeyFile)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	p := *localenvtest.Postgres(t)
	port := p.Port
	var sessions sync.WaitGroup
	sessions.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			sessions.Go(func() { pool(client, &tls.Config{Certificates: []tls.Certificate{pair}}, port, limit) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		sessions.Wait()
	})
	p.Port = listener.Addr().(*net.TCPAddr).Port
	d.Source = superuser{p.URI(r.Account.Database, p.Superuser, p.Password)}
	r.Account.Server.Port = p.Port
	return d, r
}

// pool is one session. It is plain towards the server, which offers no channel
// binding then.
func pool(client net.Conn, config *tls.Config, port int, limit int64) {
	defer client.Close()
	var request [8]byte // for TLS
	if _, err := io.ReadFull(client, request[:]); err != nil {
		return
	}
	if _, err := client.Write([]byte("S")); err != nil {
		return
	}
	secure := tls.Server(client, config)
	server, err := net.Dial("tcp", net.JoinHostPort("localhost", strconv.Itoa(port)))
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, secure)
		_ = server.Close()
	}()
	for passed := int64(0); passed < limit; {
		var head [5]byte
		if _, err := io.ReadFull(server, head[:]); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(server, body); err != nil {
			return
		}
		if head[0] == 'K' { // the session's key, which begins with the process ID
			body[3] ^= 1
		}
		if _, err := secure.Write(append(head[:], body...)); err != nil {
			return
		}
		passed += int64(len(body))
	}
}
