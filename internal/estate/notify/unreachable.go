package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"syscall"

	"github.com/pgvault/pgvault/internal/failure"
)

// unreachable returns the failure of an attempt without an answer. It describes
// the cause itself, since the errors of clients contain the address.
func unreachable(ctx context.Context, err error) *failure.Error {
	return failure.New(failure.ReceiverUnavailable, "", "the receiver cannot be reached: %s", cause(ctx, err))
}

func cause(ctx context.Context, err error) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var network net.Error
	switch {
	case errors.As(err, &certificate):
		return "its certificate does not verify"
	case errors.As(err, &record), errors.As(err, &alert):
		return "it does not speak TLS as it should"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "its host name is unknown"
	case errors.As(err, &dns):
		return "its host name cannot be looked up"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "it refuses connections"
	case ctx.Err() != nil, errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "it does not answer in time"
	}
	return "the connection is lost"
}
