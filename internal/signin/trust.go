package signin

import (
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/trust"
)

// Trust decides which sign-ins are allowed. Implementations are safe for
// concurrent use.
type Trust interface {
	// Allow returns a refusal unless the account may be used. It is called before a
	// secret is read, a token is fetched or a packet is sent.
	Allow(Account) error
	// AllowPassword returns a refusal unless the password in the account's secret
	// may be sent to the account's server. named is the host that the secret's
	// value names, or "" if it names none.
	AllowPassword(a Account, named string) error
}

// Trusted is the [Trust] of a worker. It applies the trust file for one use of
// servers.
type Trusted struct {
	File trust.File
	Use  trust.Use
}

// Allow returns the trust file's refusal of an account, or nil.
func (t Trusted) Allow(a Account) error {
	to := t.destination(a)
	if err := t.File.Server(to); err != nil {
		return err
	}
	if err := t.File.TLS(a.Server.TLS.Mode); err != nil {
		return err
	}
	if path := a.Server.TLS.RootCertificate; path != "" {
		if err := t.File.RootCertificate(path); err != nil {
			return err
		}
	}
	if a.SignIn.Entra != nil {
		return t.File.EntraToken(to)
	}
	return t.File.Secret(to, a.SignIn.KeyVaultSecret)
}

// AllowPassword returns the trust file's refusal of a password, or nil.
func (t Trusted) AllowPassword(a Account, named string) error {
	return t.File.Password(t.destination(a), a.SignIn.KeyVaultSecret, named)
}

// destination returns the destination of an account. A drill may use the servers of
// drills only, and no server that the file lists for restores.
func (t Trusted) destination(a Account) trust.Destination {
	if a.Drill {
		return trust.Destination{Use: trust.Drill, Host: a.Server.Host}
	}
	return trust.Destination{Use: t.Use, Host: a.Server.Host, InstanceHost: a.InstanceHost}
}

// Confirmed is the [Trust] of a person who has confirmed the host of a sign-in.
type Confirmed struct{ Host string }

// Allow returns a refusal of every host other than c.Host.
func (c Confirmed) Allow(a Account) error {
	if strings.EqualFold(c.Host, a.Server.Host) {
		return nil
	}
	return failure.New(failure.NotTrusted, "if it is right, type that host", "the sign-in would go to server %s, and not to %s", a.Server.Host, c.Host)
}

// AllowPassword is the same as Allow, since the person has chosen the secret.
func (c Confirmed) AllowPassword(a Account, _ string) error { return c.Allow(a) }
