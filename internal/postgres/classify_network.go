package postgres

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/clock"
)

var errNoAnswer = errors.New("no answer in time")

// refusedTLS is pgx's error if the server does not support TLS; it has no type.
const refusedTLS = "server refused TLS connection"

var errRefusedTLS = errors.New(refusedTLS)

func classifyTLS(err error, t Target) *failure.Error {
	var (
		expired  x509.CertificateInvalidError
		unknown  x509.UnknownAuthorityError
		name     x509.HostnameError
		verify   *tls.CertificateVerificationError
		alert    tls.AlertError
		badStart tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &expired) && expired.Reason == x509.Expired:
		return badCertificate(expired, expired.Cert, "If this worker's clock is wrong, set it "+clock.Remedy+"; otherwise renew the server's certificate.",
			fmt.Sprintf("has expired or is not valid yet: this worker's clock says %s", time.Now().UTC().Format(time.RFC3339)), t)
	case errors.As(err, &expired):
		return badCertificate(expired, expired.Cert, "Give the server a certificate that may serve for it.", "is invalid", t)
	case errors.As(err, &unknown):
		return badCertificate(unknown, unknown.Cert,
			"Name a PEM file with the authority's certificate as tls.rootCertificate of the instance, or in SSL_CERT_FILE of the worker.",
			fmt.Sprintf("is signed by an authority this worker does not know, %q", issuer(unknown.Cert)), t)
	case errors.As(err, &name):
		return badCertificate(name, name.Certificate, "Use one of these names as the instance's server, or tls.mode verify-ca to accept any name.",
			fmt.Sprintf("is not made out to %q but to %s", t.Host, strings.Join(names(name.Certificate), ", ")), t)
	case errors.As(err, &verify):
		return badCertificate(verify, verify.UnverifiedCertificates[0], "", "does not verify", t)
	case strings.Contains(err.Error(), refusedTLS):
		return failure.Wrap(errRefusedTLS, failure.ServerCertificateInvalid, "Turn on TLS at the server (ssl = on), or set tls.mode of the instance to disable if the way to it is safe.",
			"server %s offers no TLS, and the instance demands it (tls.mode %s)", t.Server(), t.TLS.EffectiveMode())
	case errors.As(err, &alert), errors.As(err, &badStart):
		return failure.Wrap(err, failure.ServerCertificateInvalid, "TLS 1.2 or newer is needed, without a client certificate.", "server %s and this worker found no common TLS", t.Server())
	}
	return nil
}

func badCertificate(err error, c *x509.Certificate, action, problem string, t Target) *failure.Error {
	dates, subject := "", ""
	if c != nil {
		subject = c.Subject.String()
		dates = fmt.Sprintf(" (valid from %s to %s)", c.NotBefore.UTC().Format(time.DateOnly), c.NotAfter.UTC().Format(time.RFC3339))
	}
	return failure.Wrap(err, failure.ServerCertificateInvalid, action, "the certificate %q of server %s %s%s", subject, t.Server(), problem, dates)
}

func issuer(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	return c.Issuer.String()
}

func names(c *x509.Certificate) []string {
	all := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		return []string{"no name at all (a common name does not count)"}
	}
	return all
}

func classifyNetwork(err error, t Target) *failure.Error {
	var dns *net.DNSError
	var network net.Error
	var long *pgproto3.ExceededMaxBodyLenErr
	switch {
	case errors.As(err, &long):
		return failure.Wrap(long, failure.StatementRefused, "Look whether it is the server that it should be. If it is, report this.",
			"server %s announces a message of %d bytes, and at most %d are read", t.Server(), long.ActualBodyLen, long.MaxExpectedBodyLen)
	case errors.As(err, &dns) && dns.IsNotFound:
		return failure.Wrap(dns, failure.MissingNetworkSecurityPermissions, "Correct the server's name. For a server with private access, link its private DNS zone to the worker's network.",
			"no server is known by the name %q", t.Host)
	case errors.As(err, &dns):
		return closed(dns, "the name %q could not be looked up", t.Host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return closed(syscall.ECONNREFUSED, "server %s refuses connections: nothing listens there, or a firewall rejects them", t.Server())
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return closed(err, "there is no way to server %s from this worker", t.Server())
	case errors.As(err, &network) && network.Timeout():
		return closed(errNoAnswer, "server %s does not answer: it is down, or a firewall drops the connection", t.Server())
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return closed(err, "server %s closed the connection", t.Server())
	}
	return nil
}
