package pgcopy

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	// networkBuffer is how much is asked of the network at a time, in bytes.
	networkBuffer = 512 << 10
	// A server sends 8 KiB at a time, and to be woken for each of them costs more
	// than to copy it. While rows come, a read that finds nothing waits until a
	// batch is there, in bytes, or for as long as patience.
	batchSize = 256 << 10
	patience  = 4 * time.Millisecond
)

// bulkConn is a network connection that is read in large pieces.
type bulkConn struct {
	net.Conn
	reader *bufio.Reader
	// socket is the system's, nil where there is none to set anything of.
	socket syscall.RawConn

	mu sync.Mutex
	// deadline is the one that others have set for reads; zero means none.
	deadline time.Time
	// gathering reports whether rows are coming, batched that the system knows.
	gathering, batched bool
}

func newBulkConn(conn net.Conn) *bulkConn {
	c := &bulkConn{Conn: conn}
	c.reader = bufio.NewReaderSize(rawReader{c}, networkBuffer)
	if s, ok := conn.(syscall.Conn); ok {
		c.socket, _ = s.SyscallConn() // it is read like any other without
	}
	return c
}

// Read reads what is there, as every connection does.
func (c *bulkConn) Read(p []byte) (int, error) { return c.reader.Read(p) }

func (c *bulkConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *bulkConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	return c.Conn.SetReadDeadline(t)
}

// gather says whether rows are coming, so that it pays to wait for more.
func (c *bulkConn) gather(yes bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gathering = yes && c.socket != nil
	if c.gathering || !c.batched {
		return nil
	}
	return c.unbatch()
}

// rawReader reads from the network itself.
type rawReader struct{ *bulkConn }

var _ io.Reader = rawReader{}

func (r rawReader) Read(p []byte) (int, error) {
	batched, err := r.batch()
	if err != nil {
		return 0, err
	}
	n, err := r.Conn.Read(p)
	if n > 0 || !batched || !errors.Is(err, os.ErrDeadlineExceeded) {
		return n, err
	}
	// What has come by now is less than a batch, and may be all there is.
	r.mu.Lock()
	err = r.unbatch()
	r.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return r.Conn.Read(p)
}

// batch has the next read wait for a batch, if rows are coming, and tells
// whether it will.
func (c *bulkConn) batch() (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.gathering {
		return false, nil
	}
	if !c.batched {
		if err := c.wakeAt(batchSize); err != nil {
			return false, err
		}
		c.batched = true
	}
	until := time.Now().Add(patience)
	if !c.deadline.IsZero() && c.deadline.Before(until) {
		until = c.deadline
	}
	return true, c.Conn.SetReadDeadline(until)
}

// unbatch has the next read wait for a single byte, as every connection does,
// and until the deadline that others have set. c.mu is held.
func (c *bulkConn) unbatch() error {
	c.batched = false
	return errors.Join(c.wakeAt(1), c.Conn.SetReadDeadline(c.deadline))
}
