package postgres

import (
	"context"
	"net"
	"strconv"

	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin/whose"
)

// The TLS modes, with libpq's names and meanings.
const (
	// VerifyFull checks the certificate's chain, dates and name. It is the
	// default.
	VerifyFull = "verify-full"
	// VerifyCA checks the chain and dates only.
	VerifyCA = "verify-ca"
	// Require encrypts and verifies nothing, unless a root certificate is set:
	// then it is VerifyCA, as in libpq.
	Require = "require"
	// Disable does not encrypt.
	Disable = "disable"
)

// TLS is the protection of a connection.
type TLS struct {
	// Mode is one of the modes above; "" is verify-full.
	Mode string
	// RootCertificate is the path of a PEM file with trusted authorities; ""
	// means the system's, or those of SSL_CERT_FILE.
	RootCertificate string
}

// Target is a database with the parameters to sign in to it.
type Target struct {
	Host     string
	Port     int
	Database string
	User     string
	TLS      TLS
	// Password is called for every connection and every child process.
	Password func(context.Context) (secret.String, error)
	// EntraToken reports whether Password returns Microsoft Entra tokens, whose
	// errors have a code and remedy of their own.
	EntraToken bool
	// By is whose tokens these are, for messages.
	By whose.SignIn
}

// Server returns the server's host and port, for messages.
func (t Target) Server() string { return net.JoinHostPort(t.Host, strconv.Itoa(t.Port)) }

// EffectiveMode returns the mode in effect: verify-full by default, and
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
