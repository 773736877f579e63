package instance

import (
	"errors"
	"fmt"
	"strings"
)

// CheckOne returns an error unless exactly one way to sign in is set.
func (s SignIn) CheckOne() error {
	if (s.KeyVaultSecret == "") == (s.Entra == nil) {
		return errors.New(`expected exactly one of "keyVaultSecret:" and "entra:"`)
	}
	return nil
}

// Validate returns an error if the sign-in is invalid.
func (s SignIn) Validate() error {
	if err := s.CheckOne(); err != nil {
		return err
	}
	if s.Entra != nil {
		return CheckUser(s.Entra.User)
	}
	return CheckSecretURL(s.KeyVaultSecret)
}

// Validate returns an error if the server is invalid.
func (s Server) Validate() error {
	if s.Port < 1 || s.Port > 65535 {
		return fmt.Errorf("port %d is not a number from 1 to 65535", s.Port)
	}
	return errors.Join(CheckHost(s.Host), CheckTLSMode(s.TLS.Mode))
}

// CheckSecretURL returns an error if text is not the URL of a Key Vault secret.
func CheckSecretURL(text string) error {
	_, _, err := ParseSecretURL(text)
	return err
}

// CheckUser returns an error if name is not a valid name of a database user.
func CheckUser(name string) error {
	if name == "" || len(name) > 63 || strings.ContainsRune(name, 0) {
		return errors.New("a database user's name has 1 to 63 bytes")
	}
	return nil
}

// CheckPath returns an error if a path is not absolute.
func CheckPath(path string) error {
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("%q is not the full path of a file on the worker; begin it with /", path)
	}
	return nil
}

// MaxConnections is the largest number of connections of a dump.
const MaxConnections = 64

// Validate returns what is wrong with the bounds of a dump. Zero values stand for
// the defaults.
func (d DumpSettings) Validate() error {
	if d.Connections < 0 || d.Connections > MaxConnections {
		return fmt.Errorf("%d is not a number of connections from 1 to %d", d.Connections, MaxConnections)
	}
	if d.StallTimeout < 0 || d.LockTimeout < 0 || d.SnapshotLimit < 0 {
		return errors.New("a time limit is negative")
	}
	return nil
}
