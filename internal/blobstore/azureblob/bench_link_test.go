package azureblob_test

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// linkOf returns a transport whose connections together receive a number of bytes a
// second at most: a network beside a storage that is faster than Azurite on this
// machine.
func linkOf(b *testing.B, rate int64) *http.Client {
	b.Helper()
	l := &link{rate: float64(rate)}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ForceAttemptHTTP2, transport.MaxIdleConnsPerHost = false, 16
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return &linked{Conn: conn, link: l}, err
	}
	b.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

type link struct {
	rate float64 // bytes a second
	mu   sync.Mutex
	free time.Time
}

// pass waits until the link has carried n bytes.
func (l *link) pass(n int) {
	l.mu.Lock()
	if now := time.Now(); l.free.Before(now) {
		l.free = now
	}
	l.free = l.free.Add(time.Duration(float64(n) / l.rate * float64(time.Second)))
	wait := time.Until(l.free)
	l.mu.Unlock()
	if wait > time.Millisecond {
		timer := time.NewTimer(wait)
		<-timer.C
	}
}

type linked struct {
	net.Conn
	link *link
}

func (c *linked) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.link.pass(n)
	return n, err
}
