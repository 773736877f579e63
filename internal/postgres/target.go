package postgres

import (
	"context"
	"net"
	"strconv"

	"github.com/pgvault/pgvault/internal/secret"
)

// The TLS modes, with libpq's names and meaning.
const (
	// VerifyFull checks the certificate's chain, dates and name. It is the default.
	VerifyFull = "verify-full"
	// VerifyCA checks chain and dates only.
	VerifyCA = "verify-ca"
	// Require encrypts, and checks nothing unless a root certificate is given;
	// with one it is verify-ca, as in libpq.
	Require = "require"
	// Disable does not encrypt.
	Disable = "disable"
)

// TLS says how a connection is protected.
type TLS struct {
	// Mode is one of the modes above; "" is verify-full.
	Mode string
	// RootCertificate is a PEM file of authorities to trust; "" means the
	// system's, or those of SSL_CERT_FILE.
	RootCertificate string
}

// Target is a database and how to sign in to it.
type Target struct {
	Host     string
	Port     int
	Database string
	User     string
	TLS      TLS
	// Password is called for every connection and every child process.
	Password func(context.Context) (secret.String, error)
	// EntraToken reports whether Password gives Microsoft Entra tokens, which have
	// an error code and a remedy of their own.
	EntraToken bool
}

// Server names the server, for messages.
func (t Target) Server() string { return net.JoinHostPort(t.Host, strconv.Itoa(t.Port)) }

// EffectiveMode is the mode in force: verify-full where none is given, and
// verify-ca for require with a root certificate.
func (t TLS) EffectiveMode() string {
	switch {
	case t.Mode == "":
		return VerifyFull
	case t.Mode == Require && t.RootCertificate != "":
		return VerifyCA
	}
	return t.Mode
}
