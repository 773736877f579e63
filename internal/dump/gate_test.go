package dump_test

import (
	"context"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// gate is a proxy between a dump and the server. It counts connections and
// forwards bytes unchanged.
type gate struct {
	t        *testing.T
	listener net.Listener
	port     int
	// user is the user that signs in through the gate; the superuser by
	// default.
	user     string
	password secret.String
	// before is called before a connection is forwarded.
	before func(connection int)
	// cut maps a connection to the number of bytes from the server after which
	// it is closed.
	cut map[int]int64
	// held maps a connection to a channel. It stops after 1 MiB from the server
	// until the channel is closed.
	held map[int]chan struct{}
	// after is called when a connection has ended.
	after func(connection int)
	// during is called after the first bytes of the first data connection.
	during      func()
	duringBytes int64

	mu    sync.Mutex
	conns []net.Conn
}

func newGate(t *testing.T, port int) *gate {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	g := &gate{t: t, listener: listener, port: port, user: "postgres", password: localenvtest.Postgres(t).Password, before: func(int) {}, after: func(int) {}}
	t.Cleanup(func() { _ = listener.Close() })
	return g
}

// stream dumps through the gate.
func (g *gate) stream(d dump.Dumper, r dump.Request) (dump.Result, error) {
	g.t.Helper()
	var served sync.WaitGroup
	served.Go(func() { g.accept(&served) })
	g.t.Cleanup(func() {
		_ = g.listener.Close()
		for i := range g.count() {
			g.close(i + 1)
		}
		served.Wait()
	})
	port := g.listener.Addr().(*net.TCPAddr).Port
	p := *localenvtest.Postgres(g.t)
	p.Port = port
	d.Source = signintest.Given{Secret: p.URI(r.Account.Database, g.user, g.password)}
	r.Account.Server.Port = port
	return d.Stream(g.t.Context(), r, progress.NewMeter(time.Now, "dump"))
}

func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.conns)
}

func (g *gate) close(connection int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	_ = g.conns[connection-1].Close()
}

func (g *gate) accept(served *sync.WaitGroup) {
	for {
		client, err := g.listener.Accept()
		if err != nil {
			return
		}
		g.mu.Lock()
		g.conns = append(g.conns, client)
		connection := len(g.conns)
		g.mu.Unlock()
		served.Go(func() { g.pass(connection, client) })
	}
}

func (g *gate) pass(connection int, client net.Conn) {
	defer client.Close()
	defer g.after(connection)
	g.before(connection)
	server, err := net.Dial("tcp", net.JoinHostPort("localhost", strconv.Itoa(g.port)))
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	if limit, limited := g.cut[connection]; limited {
		_, _ = io.CopyN(client, server, limit)
		return
	}
	if release, held := g.held[connection]; held {
		_, _ = io.CopyN(client, server, 1<<20)
		<-release
	}
	if connection == firstDataConnection && g.during != nil {
		_, _ = io.CopyN(client, server, g.duringBytes)
		g.during()
	}
	_, _ = io.Copy(client, server)
}

// waitFor repeats a query until it returns true.
func waitFor(t *testing.T, database, query string) {
	t.Helper()
	conn, err := localenvtest.Postgres(t).Connect(context.Background(), database)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	require.Eventually(t, func() bool {
		var yes bool
		return conn.QueryRow(context.Background(), query).Scan(&yes) == nil && yes
	}, time.Minute, 10*time.Millisecond, query)
}
