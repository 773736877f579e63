package pgcopy

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// The keys of a connection's custom data that [Prepare] sets.
const (
	readerKey  = "pgcopy.reader"
	networkKey = "pgcopy.network"
)

var errNotPrepared = errors.New("take over the connection: its config was not prepared with pgcopy.Prepare")

// Prepare changes config so that [Take] can take over its connections.
//
// After a slow write, pgx reads ahead in the background. Those bytes are lost
// to other readers of the network connection, so that Prepare keeps pgx's
// reader. It also makes pgx read the network in large pieces, below TLS, whose
// records have 8 KiB.
func Prepare(config *pgx.ConnConfig) {
	p := &preparation{readers: map[*pgproto3.Frontend]io.Reader{}, networks: map[string]*batchConn{}}
	build, connected, dial := config.BuildFrontend, config.AfterConnect, config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		bulk := newBatchConn(conn)
		p.addNetwork(bulk)
		return bulk, nil
	}
	config.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		frontend := build(r, w)
		p.addReader(frontend, r)
		return frontend
	}
	config.AfterConnect = func(ctx context.Context, c *pgconn.PgConn) error {
		p.attach(c)
		if connected == nil {
			return nil
		}
		return connected(ctx, c)
	}
}

// preparation keeps the readers and network connections of attempts to connect
// until one succeeds.
type preparation struct {
	mu       sync.Mutex
	readers  map[*pgproto3.Frontend]io.Reader
	networks map[string]*batchConn // by local address
}

// addNetwork records a network connection.
func (p *preparation) addNetwork(c *batchConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.networks[c.LocalAddr().String()] = c
}

// addReader records the reader of a frontend.
func (p *preparation) addReader(f *pgproto3.Frontend, r io.Reader) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readers[f] = r
}

// attach stores the reader and the network connection of c in its custom data.
func (p *preparation) attach(c *pgconn.PgConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	data := c.CustomData()
	data[readerKey], data[networkKey] = p.readers[c.Frontend()], p.networks[c.Conn().LocalAddr().String()]
	clear(p.readers)
	clear(p.networks)
}
