package localenv

import (
	"context"
	"fmt"
	"net"
	"strconv"
)

// freePort gives the wanted port if nobody listens on it, else any free one.
func freePort(wanted int) (int, error) {
	if wanted != 0 {
		if l, err := net.Listen("tcp", loopback(wanted)); err == nil {
			return wanted, l.Close()
		}
	}
	l, err := net.Listen("tcp", loopback(0))
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// listen is freePort for a server in this process.
func listen(wanted int) (net.Listener, error) {
	if wanted != 0 {
		if l, err := net.Listen("tcp", loopback(wanted)); err == nil {
			return l, nil
		}
	}
	l, err := net.Listen("tcp", loopback(0))
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return l, nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// dials is a probe: somebody accepts connections on the port.
func dials(port int) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", loopback(port))
		if err != nil {
			return err
		}
		return conn.Close()
	}
}
