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
	// networkBuffer is the size of a read from the network, in bytes.
	networkBuffer = 512 << 10
	// batchSize is the number of bytes that a read waits for while rows arrive, for
	// at most batchTimeout. A server sends 8 KiB at a time, and a wakeup for each
	// costs more than copying it.
	batchSize    = 256 << 10
	batchTimeout = 4 * time.Millisecond
)

// batchConn is a network connection that is read in large pieces.
type batchConn struct {
	net.Conn
	reader *bufio.Reader
	// socket is that of the connection; nil if it has none.
	socket syscall.RawConn

	mu sync.Mutex
	// deadline is the callers' deadline for reads; zero for none.
	deadline time.Time
	// wantBatches is whether rows are expected.
	wantBatches bool
	// batched is whether the socket waits for a batch.
	batched bool
}

// newBatchConn returns a connection that reads conn in large pieces.
func newBatchConn(conn net.Conn) *batchConn {
	c := &batchConn{Conn: conn}
	c.reader = bufio.NewReaderSize(rawReader{c}, networkBuffer)
	if s, ok := conn.(syscall.Conn); ok {
		c.socket, _ = s.SyscallConn() // without a socket, reads are not batched
	}
	return c
}

// Read returns buffered bytes, or reads from the network if there are none.
func (c *batchConn) Read(p []byte) (int, error) { return c.reader.Read(p) }

// SetDeadline implements net.Conn.
func (c *batchConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline implements net.Conn. The deadline applies to batched reads
// too.
func (c *batchConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	return c.Conn.SetReadDeadline(t)
}

// setBatching sets whether reads wait for a batch.
func (c *batchConn) setBatching(yes bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wantBatches = yes && c.socket != nil
	if c.wantBatches || !c.batched {
		return nil
	}
	return c.endBatch()
}

// rawReader reads from the network, without the buffer of its batchConn.
type rawReader struct{ *batchConn }

var _ io.Reader = rawReader{}

func (r rawReader) Read(p []byte) (int, error) {
	batched, err := r.startBatch()
	if err != nil {
		return 0, err
	}
	n, err := r.Conn.Read(p)
	if n > 0 || !batched || !errors.Is(err, os.ErrDeadlineExceeded) {
		return n, err
	}
	// Less than a batch has arrived, and nothing more may follow.
	r.mu.Lock()
	err = r.endBatch()
	r.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return r.Conn.Read(p)
}

// startBatch has the next read wait for a batch if rows are expected, and
// reports whether it will.
func (c *batchConn) startBatch() (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.wantBatches {
		return false, nil
	}
	if !c.batched {
		if err := c.setLowWater(batchSize); err != nil {
			return false, err
		}
		c.batched = true
	}
	until := time.Now().Add(batchTimeout)
	if !c.deadline.IsZero() && c.deadline.Before(until) {
		until = c.deadline
	}
	return true, c.Conn.SetReadDeadline(until)
}

// endBatch has the next read wait for a single byte and until the callers'
// deadline. c.mu must be held.
func (c *batchConn) endBatch() error {
	c.batched = false
	return errors.Join(c.setLowWater(1), c.Conn.SetReadDeadline(c.deadline))
}
