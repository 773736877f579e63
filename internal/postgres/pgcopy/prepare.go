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

// Where [Prepare] leaves a connection's parts.
const (
	readerKey  = "pgcopy.reader"
	networkKey = "pgcopy.network"
)

var errNotPrepared = errors.New("take over the connection: it was not prepared for that")

// Prepare makes connections of the config fit for [Take].
//
// pgx reads ahead in the background whenever a write took it long: what it has
// read then, or is about to, is missing for whoever reads from the network
// himself. So its reader is kept. And what comes from the network is read in
// large pieces, below TLS, whose records are of 8 KiB.
func Prepare(config *pgx.ConnConfig) {
	p := &preparation{readers: map[*pgproto3.Frontend]io.Reader{}, networks: map[string]*bulkConn{}}
	build, connected, dial := config.BuildFrontend, config.AfterConnect, config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		bulk := newBulkConn(conn)
		p.dialled(bulk)
		return bulk, nil
	}
	config.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		frontend := build(r, w)
		p.built(frontend, r)
		return frontend
	}
	config.AfterConnect = func(ctx context.Context, c *pgconn.PgConn) error {
		p.connected(c)
		if connected == nil {
			return nil
		}
		return connected(ctx, c)
	}
}

// preparation remembers parts until their connection is made. Attempts that
// fail have parts too; the last ones are those of the connection.
type preparation struct {
	mu       sync.Mutex
	readers  map[*pgproto3.Frontend]io.Reader
	networks map[string]*bulkConn // by local address
}

func (p *preparation) dialled(c *bulkConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.networks[c.LocalAddr().String()] = c
}

func (p *preparation) built(f *pgproto3.Frontend, r io.Reader) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readers[f] = r
}

func (p *preparation) connected(c *pgconn.PgConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	data := c.CustomData()
	data[readerKey], data[networkKey] = p.readers[c.Frontend()], p.networks[c.Conn().LocalAddr().String()]
	clear(p.readers)
	clear(p.networks)
}
