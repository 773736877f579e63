package localenv

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// CA is the certificate authority of an environment.
type CA struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Certificate is a server certificate and its key, as PEM files.
type Certificate struct {
	CertFile string
	KeyFile  string
}

// NewCA creates an authority with its files in dir.
func NewCA(dir string) (*CA, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the CA's directory: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the CA's key: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{CommonName: "pgvault local CA"},
		NotBefore:             now.Add(-24 * time.Hour),
		NotAfter:              now.AddDate(1, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make the CA's certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read the CA's certificate: %w", err)
	}
	ca := &CA{dir: dir, cert: cert, key: key}
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(ca.CertificateFile(), own, 0o644); err != nil {
		return nil, fmt.Errorf("write the CA's certificate: %w", err)
	}
	if err := os.WriteFile(ca.BundleFile(), append(systemRoots(), own...), 0o644); err != nil {
		return nil, fmt.Errorf("write the CA bundle: %w", err)
	}
	return ca, nil
}

// CertificateFile returns the path of the authority's certificate, for an
// instance's rootCertificate.
func (ca *CA) CertificateFile() string { return filepath.Join(ca.dir, "ca.pem") }

// BundleFile returns the path of the system's roots and the authority, for
// SSL_CERT_FILE.
func (ca *CA) BundleFile() string { return filepath.Join(ca.dir, "bundle.pem") }

// Pool returns a pool with the authority only.
func (ca *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	return pool
}

// Client returns an HTTP client that trusts only the authority. It keeps no
// connections, so that it leaves no goroutines behind.
func (ca *CA) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: ca.Pool(), MinVersion: tls.VersionTLS12},
	}}
}

// Server issues a valid certificate for localhost.
func (ca *CA) Server() (Certificate, error) {
	return ca.Issue([]string{"localhost"}, time.Now().AddDate(0, 6, 0))
}

// Expired issues a certificate for localhost that expired an hour ago.
func (ca *CA) Expired() (Certificate, error) {
	return ca.Issue([]string{"localhost"}, time.Now().Add(-time.Hour))
}

// Issue issues a certificate for the names, valid until notAfter. A certificate
// for localhost covers the loopback addresses too, and [ScratchHost].
func (ca *CA) Issue(names []string, notAfter time.Time) (Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Certificate{}, fmt.Errorf("make a server key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{CommonName: names[0]},
		DNSNames:     names,
		NotBefore:    time.Now().Add(-23 * time.Hour),
		NotAfter:     notAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if names[0] == "localhost" {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(ScratchHost), net.IPv6loopback}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, &key.PublicKey, ca.key)
	if err != nil {
		return Certificate{}, fmt.Errorf("make a server certificate: %w", err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Certificate{}, fmt.Errorf("encode a server key: %w", err)
	}
	base := filepath.Join(ca.dir, template.SerialNumber.Text(16))
	c := Certificate{CertFile: base + ".pem", KeyFile: base + ".key"}
	if err := os.WriteFile(c.CertFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		return Certificate{}, fmt.Errorf("write a server certificate: %w", err)
	}
	if err := os.WriteFile(c.KeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600); err != nil {
		return Certificate{}, fmt.Errorf("write a server key: %w", err)
	}
	return c, nil
}

// serverTLS returns the TLS configuration of a server in this process.
func (ca *CA) serverTLS() (*tls.Config, error) {
	c, err := ca.Server()
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("load a server certificate: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

func serial() *big.Int {
	raw := make([]byte, 12)
	_, _ = rand.Read(raw) // never fails, by its contract
	return new(big.Int).SetBytes(raw)
}

// systemRoots returns the default roots of this process: SSL_CERT_FILE if it is
// set, else the first bundle at a usual path.
func systemRoots() []byte {
	files := []string{
		os.Getenv("SSL_CERT_FILE"),
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
		"/etc/ssl/cert.pem",
	}
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			return append(data, '\n')
		}
	}
	return nil
}
