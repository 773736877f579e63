package postgres

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
)

// networkTimeout bounds each step of [CheckNetwork].
const networkTimeout = 15 * time.Second

// CheckNetwork checks the steps of a connection before the sign-in: name
// resolution, TCP, TLS. It returns a [failure.Error] with one finding, for the
// step that failed.
func CheckNetwork(ctx context.Context, t Target) error {
	addresses, err := resolve(ctx, t)
	if err != nil {
		return networkFinding(ctx, err, t)
	}
	conn, err := dial(ctx, addresses, t)
	if err != nil {
		return networkFinding(ctx, err, t)
	}
	defer conn.Close()
	if err := handshake(ctx, conn, t); err != nil {
		return networkFinding(ctx, err, t)
	}
	return nil
}

func resolve(ctx context.Context, t Target) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, networkTimeout)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, t.Host)
	if err != nil {
		return nil, fmt.Errorf("look up the server: %w", err)
	}
	return addresses, nil
}

// dial tries each address, as libpq and pgx do.
func dial(ctx context.Context, addresses []string, t Target) (net.Conn, error) {
	dialer := net.Dialer{Timeout: networkTimeout}
	var failures []error
	for _, address := range addresses {
		conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(address, strconv.Itoa(t.Port)))
		if err == nil {
			return conn, nil
		}
		failures = append(failures, err)
	}
	return nil, errors.Join(failures...)
}

// handshake requests TLS with PostgreSQL's SSLRequest and verifies the
// certificate.
func handshake(ctx context.Context, conn net.Conn, t Target) error {
	config, err := t.tlsConfig()
	if err != nil || config == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, networkTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	const sslRequest = 80877103
	request := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 8), sslRequest)
	if _, err := conn.Write(request); err != nil {
		return fmt.Errorf("ask for TLS: %w", err)
	}
	answer := make([]byte, 1)
	if _, err := io.ReadFull(conn, answer); err != nil {
		return fmt.Errorf("read the answer to the request for TLS: %w", err)
	}
	if answer[0] != 'S' {
		return errRefusedTLS
	}
	if err := tls.Client(conn, config).HandshakeContext(ctx); err != nil {
		return fmt.Errorf("negotiate TLS: %w", err)
	}
	return nil
}

func networkFinding(ctx context.Context, err error, t Target) error {
	if ctx.Err() != nil {
		return fmt.Errorf("check the network: %w", context.Cause(ctx))
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = closed(errNoAnswer, "server %s does not answer", t.Server())
	}
	var e *failure.Error
	if !errors.As(Classify(err, t), &e) {
		e = failure.Wrap(err, failure.Internal, "", "the way to server %s is not free", t.Server())
	}
	return failure.FromFindings([]failure.Finding{{
		Check: "network", Code: e.Code, Message: e.Summary(), Objects: []string{t.Server()}, Action: e.Action,
	}})
}
