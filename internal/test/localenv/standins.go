package localenv

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// StandInOptions are the options of the stand-ins. CA is required.
type StandInOptions struct {
	CA *CA
	// The ports are used if they are free.
	VaultPort, IdentityPort, LDAPPort int
}

// StandIns are the Azure services without an emulator: a managed identity, a
// Key Vault, and Entra sign-in to PostgreSQL. They run in this process.
type StandIns struct {
	Identity *Identity
	KeyVault *KeyVault
	// LDAPAddr is the address at which PostgreSQL checks tokens.
	LDAPAddr string

	servers []*http.Server
	ldap    *ldapServer
}

// StartStandIns starts all of them.
func StartStandIns(o StandInOptions) (*StandIns, error) {
	tlsConfig, err := o.CA.serverTLS()
	if err != nil {
		return nil, err
	}
	signer := newSigner()
	s := &StandIns{}
	identity, err := listen(o.IdentityPort)
	if err != nil {
		return nil, err
	}
	vault, err := listen(o.VaultPort)
	if err != nil {
		return nil, errors.Join(err, identity.Close())
	}
	directory, err := listen(o.LDAPPort)
	if err != nil {
		return nil, errors.Join(err, identity.Close(), vault.Close())
	}
	s.Identity = newIdentity("http://"+identity.Addr().String()+"/msi/token", rand.Text(), signer)
	s.KeyVault = newKeyVault(fmt.Sprintf("https://localhost:%d", vault.Addr().(*net.TCPAddr).Port), signer)
	s.LDAPAddr = directory.Addr().String()
	s.serve(identity, s.Identity)
	s.serve(tls.NewListener(vault, tlsConfig), s.KeyVault)
	s.ldap = serveLDAP(directory, func(token string) bool {
		return signer.check(token, time.Now(), postgresAudience) == nil
	})
	return s, nil
}

func (s *StandIns) serve(l net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: discardLog()}
	s.servers = append(s.servers, server)
	go func() { _ = server.Serve(l) }()
}

// Stop stops all of them.
func (s *StandIns) Stop() {
	for _, server := range s.servers {
		_ = server.Close()
	}
	s.ldap.close()
}

// Vars returns the variables by which azidentity finds the managed identity.
func (s *StandIns) Vars() map[string]string {
	return map[string]string{
		"IDENTITY_ENDPOINT": s.Identity.Endpoint,
		"IDENTITY_HEADER":   s.Identity.header,
	}
}
