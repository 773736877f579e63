package bench

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// delay is a proxy to the server that delays each byte in both directions, at
// any rate.
type delay struct {
	listener net.Listener
	target   string
	each     time.Duration
	stopped  chan struct{}
}

func startDelay(port int, each time.Duration) (*delay, error) {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	d := &delay{listener: listener, target: net.JoinHostPort("localhost", strconv.Itoa(port)), each: each, stopped: make(chan struct{})}
	go d.accept()
	return d, nil
}

func (d *delay) port() int { return d.listener.Addr().(*net.TCPAddr).Port }

func (d *delay) stop() {
	close(d.stopped)
	_ = d.listener.Close()
}

func (d *delay) accept() {
	for {
		client, err := d.listener.Accept()
		if err != nil {
			return
		}
		go func() {
			server, err := net.Dial("tcp", d.target)
			if err != nil {
				_ = client.Close()
				return
			}
			go d.pass(server, client)
			d.pass(client, server)
		}()
	}
}

// packet is a piece of data with the time at which it is due.
type packet struct {
	content []byte
	due     time.Time
}

// pass forwards data, and reads on while earlier data waits. The channel bounds
// the data in flight to 16 MiB, which with 5 ms is 3 GB a second.
func (d *delay) pass(to io.WriteCloser, from io.ReadCloser) {
	packets := make(chan packet, 256)
	go func() {
		defer close(packets)
		for {
			buffer := make([]byte, 64<<10)
			n, err := from.Read(buffer)
			if n > 0 {
				packets <- packet{buffer[:n], time.Now().Add(d.each)}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range packets {
		if !d.await(p.due) {
			break
		}
		if _, err := to.Write(p.content); err != nil {
			break
		}
	}
	_, _ = to.Close(), from.Close()
	for range packets { // until the reader has seen the end
	}
}

// await waits until a packet is due. It returns false when the proxy is closed.
func (d *delay) await(due time.Time) bool {
	select {
	case <-time.After(time.Until(due)):
		return true
	case <-d.stopped:
		return false
	}
}
