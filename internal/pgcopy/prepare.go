package pgcopy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

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
		bulk := &bulkConn{Conn: conn}
		bulk.reader = bufio.NewReaderSize(&bulk.raw, networkBuffer)
		bulk.raw.bulk = bulk
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

const (
	// networkBuffer is how much is asked of the network at a time, in bytes.
	networkBuffer = 256 << 10
	// A read that gave less than enough is worth a pause before the next one: a
	// server sends 8 KiB at a time, and to be woken for each of them costs more
	// than to copy it. What comes meanwhile waits in the system's own buffer,
	// which holds far more than a pause brings.
	enough = 96 << 10
	pause  = 500 * time.Microsecond
)

// bulkConn is a network connection that is read in large pieces.
type bulkConn struct {
	net.Conn
	raw       rawReader
	reader    *bufio.Reader
	gathering atomic.Bool
}

// Read reads what is there, as every connection does.
func (c *bulkConn) Read(p []byte) (int, error) { return c.reader.Read(p) }

// gather says whether rows are coming, so that it pays to wait for more.
func (c *bulkConn) gather(yes bool) { c.gathering.Store(yes) }

// rawReader reads from the network itself.
type rawReader struct {
	bulk  *bulkConn
	short bool
}

func (r *rawReader) Read(p []byte) (int, error) {
	if r.short && r.bulk.gathering.Load() {
		<-time.After(pause)
	}
	n, err := r.bulk.Conn.Read(p)
	r.short = n < min(enough, len(p))
	return n, err
}
