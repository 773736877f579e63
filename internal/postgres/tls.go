package postgres

import (
	"crypto/tls"
	"crypto/x509"
	"os"

	"github.com/pgvault/pgvault/internal/failure"
)

// tlsConfig returns nil if TLS is disabled.
func (t Target) tlsConfig() (*tls.Config, error) {
	mode := t.TLS.EffectiveMode()
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.Host}
	if t.TLS.RootCertificate != "" && mode != Disable {
		pool, err := readRoots(t.TLS.RootCertificate)
		if err != nil {
			return nil, err
		}
		config.RootCAs = pool
	}
	switch mode {
	case Disable:
		return nil, nil
	case VerifyFull:
		return config, nil
	case VerifyCA:
		// crypto/tls verifies everything or nothing; VerifyConnection checks
		// the chain.
		config.InsecureSkipVerify = true
		config.VerifyConnection = func(s tls.ConnectionState) error { return verifyChain(s.PeerCertificates, config.RootCAs) }
		return config, nil
	case Require:
		config.InsecureSkipVerify = true
		return config, nil
	}
	return nil, failure.New(failure.InvalidConfiguration, "Use verify-full, verify-ca, require or disable.", "the TLS mode %q of server %s is unknown", mode, t.Server())
}

func verifyChain(chain []*x509.Certificate, roots *x509.CertPool) error {
	intermediates := x509.NewCertPool()
	for _, certificate := range chain[1:] {
		intermediates.AddCert(certificate)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates})
	return err
}

func readRoots(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, failure.Wrap(err, failure.InvalidConfiguration, "Put the file on every worker, or take rootCertificate out of the instance to trust the system's authorities.", "the root certificate file cannot be read")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, failure.New(failure.InvalidConfiguration, "The file must hold PEM blocks that begin with -----BEGIN CERTIFICATE-----.", "the root certificate file %s holds no certificate", file)
	}
	return pool, nil
}
