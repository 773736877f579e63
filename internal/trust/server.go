package trust

import (
	"fmt"
	"slices"
)

// Destination is a PostgreSQL server and the purpose of a connection to it.
type Destination struct {
	Use  Use
	Host string
	// InstanceHost is the host of the instance whose recovery point is restored.
	// Only [Restore] uses it.
	InstanceHost string
}

// canonical is a destination in canonical form.
type canonical struct {
	use                Use
	host, instanceHost string
}

// what returns a description of the destination for messages.
func (d canonical) what() string {
	return map[Use]string{Backup: "a backup of server ", Restore: "a restore to server ", Drill: "a drill on server "}[d.use] + d.host
}

// line returns an item of "servers:" that lists the destination.
func (d canonical) line(more string) string {
	return fmt.Sprintf("servers:\n  - {hosts: [%q], use: [%s]%s}", d.host, d.use, more)
}

func (d Destination) canonical() (canonical, error) {
	if !slices.Contains([]Use{Backup, Restore, Drill}, d.Use) {
		return canonical{}, unusable(fmt.Errorf("%s is not a use of a server", shown(string(d.Use))), "give backup, restore or drill")
	}
	host, err := canonicalHost(d.Host)
	if err != nil {
		return canonical{}, unusable(fmt.Errorf("the server's host: %w", err), "give one DNS name or IP address, like db1.example.com")
	}
	// A host without a canonical form equals none.
	own, _ := canonicalHost(d.InstanceHost)
	return canonical{use: d.Use, host: host, instanceHost: own}, nil
}

// Server returns a refusal unless the worker may connect to a server for a
// purpose.
func (f File) Server(d Destination) error {
	_, err := f.serving(d, "")
	return err
}

// serving returns the canonical destination if the worker may connect to a
// server. A refusal names an item with more fields, for the sign-in.
func (f File) serving(d Destination, more string) (canonical, error) {
	to, err := d.canonical()
	if err == nil && !f.some(to, func(server) bool { return true }) {
		err = f.refuse(to.line(more), "%s", to.what())
	}
	return to, err
}

// some reports whether one item both lists the destination and satisfies a
// condition. An item for one purpose does not apply to another.
func (f File) some(d canonical, fulfils func(server) bool) bool {
	return slices.ContainsFunc(f.servers, func(s server) bool { return s.serves(d) && fulfils(s) })
}

// Secret returns a refusal unless a Key Vault secret may be read to sign in to
// a destination. The file must name the Key Vault, or name none if it is one of
// Azure's. [File.Password] then decides about the secret's value.
func (f File) Secret(d Destination, secretURL string) error {
	_, _, err := f.secret(d, secretURL)
	return err
}

// secret returns the canonical forms of a destination and of a secret that may
// be read for it.
func (f File) secret(d Destination, secretURL string) (canonical, secretPattern, error) {
	secret, secretErr := parseSecret(secretURL)
	to, err := f.serving(d, secret.field())
	switch {
	case err != nil:
		return to, secret, err
	case secretErr != nil:
		return to, secret, unusable(secretErr, "give the URL of a secret, without a version")
	case !f.readsFrom(secret):
		return to, secret, f.refuse(to.line(secret.field()), "the use of secret %s for %s", secret, to.what())
	}
	return to, secret, nil
}

// readsFrom reports whether a token may be sent to the secret's Key Vault.
func (f File) readsFrom(secret secretPattern) bool {
	named := false
	for _, s := range f.servers {
		named = named || len(s.secrets) > 0
		if slices.ContainsFunc(s.secrets, func(p secretPattern) bool { return p.vault == secret.vault }) {
			return true
		}
	}
	return !named && secret.inAzure()
}

// Password returns a refusal unless the password in a Key Vault secret may be
// sent to a destination. named is the host that the secret's value names, or ""
// if it names none. Either the file must bind the secret to the destination, or
// named must be the destination's host.
func (f File) Password(d Destination, secretURL, named string) error {
	to, secret, err := f.secret(d, secretURL)
	if err != nil || f.binds(to, secret) {
		return err
	}
	if host, err := canonicalHost(named); err == nil && host == to.host {
		return nil
	}
	return f.refuse(to.line(secret.field()),
		"the password of secret %s for %s: the secret does not name that host itself, and the file does not bind it", secret, to.what())
}

// Binds reports whether the file itself binds a Key Vault secret to a destination.
// The value of a secret that is not bound has to name the destination's host.
func (f File) Binds(d Destination, secretURL string) bool {
	to, secret, err := f.secret(d, secretURL)
	return err == nil && f.binds(to, secret)
}

func (f File) binds(d canonical, secret secretPattern) bool {
	return f.some(d, func(s server) bool { return s.binds(secret) })
}

// EntraToken returns a refusal unless a Microsoft Entra token for PostgreSQL may be
// sent to a destination.
func (f File) EntraToken(d Destination) error {
	const field = ", entra: true"
	to, err := f.serving(d, field)
	if err == nil && !f.some(to, func(s server) bool { return s.entra }) {
		err = f.refuse(to.line(field), "a Microsoft Entra token for %s", to.what())
	}
	return err
}
