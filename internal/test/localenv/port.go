package localenv

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// lease is a port that no other local environment takes, in this process or in
// another, whether or not anything listens on it.
type lease struct {
	port  int
	guard net.Listener
}

// leasePort leases the wanted port if it is free, else any free one.
func leasePort(wanted int) (*lease, error) {
	if wanted != 0 {
		if l := tryLease(wanted); l != nil {
			return l, nil
		}
	}
	for range 1000 {
		// Below the kernel's range for outgoing connections, which could take
		// the port while its server is stopped.
		if l := tryLease(20000 + rand.IntN(12000)); l != nil {
			return l, nil
		}
	}
	return nil, errors.New("there is no free port between 20000 and 32000")
}

// tryLease returns nil for a port that is leased. The holder of the abstract
// socket has the lease; the kernel closes it with the process.
func tryLease(port int) *lease {
	guard, err := net.Listen("unix", "@pgvault-port-"+strconv.Itoa(port))
	if err != nil {
		return nil
	}
	probe, err := net.Listen("tcp", loopback(port))
	if err != nil {
		_ = guard.Close()
		return nil
	}
	_ = probe.Close()
	return &lease{port: port, guard: guard}
}

// release releases the port. A nil lease is valid.
func (l *lease) release() {
	if l != nil {
		_ = l.guard.Close()
	}
}

// listen listens for a server in this process, on the wanted port if it is
// free.
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

// dials returns a probe that checks whether the port accepts connections.
func dials(port int) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", loopback(port))
		if err != nil {
			return err
		}
		return conn.Close()
	}
}
