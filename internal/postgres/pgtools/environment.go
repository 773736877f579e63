package pgtools

import (
	"fmt"
	"os"
	"strconv"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
)

// noRootCertificate keeps libpq from verifying with an existing
// ~/.postgresql/root.crt if the mode does not require verification.
const noRootCertificate = "/nonexistent/pgvault-root.crt"

// systemBundles are the usual paths of the system's root certificates.
var systemBundles = []string{
	"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
}

// environment returns the whole environment of a child.
func environment(t postgres.Target, database string, extra []string) ([]string, error) {
	root, err := rootCertificate(t)
	if err != nil {
		return nil, err
	}
	if database == "" {
		database = t.Database
	}
	env := append(inherited(),
		"PGHOST="+t.Host, "PGPORT="+strconv.Itoa(t.Port), "PGUSER="+t.User, "PGDATABASE="+database,
		"PGSSLMODE="+t.TLS.EffectiveMode(), "PGSSLROOTCERT="+root,
		"PGPASSFILE="+passfilePath, "PGSERVICEFILE="+servicePath, "PGSERVICE="+serviceName,
		"PGAPPNAME="+postgres.ApplicationName, "PGCONNECT_TIMEOUT=30",
		"PGGSSENCMODE=disable", "LC_MESSAGES=C")
	return append(env, extra...), nil
}

func inherited() []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "TZ", "LD_LIBRARY_PATH"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// rootCertificate returns the file with which libpq verifies the server. libpq
// before version 16 has no name for the system's root certificates.
func rootCertificate(t postgres.Target) (string, error) {
	switch t.TLS.EffectiveMode() {
	case postgres.Require, postgres.Disable:
		return noRootCertificate, nil
	}
	if t.TLS.RootCertificate != "" {
		return t.TLS.RootCertificate, nil
	}
	if file := os.Getenv("SSL_CERT_FILE"); file != "" {
		return file, nil
	}
	for _, file := range systemBundles {
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
	}
	return "", failure.New(failure.InvalidConfiguration, "Install ca-certificates, or set SSL_CERT_FILE.",
		"this worker has no file of trusted authorities to verify server %s by (looked for %s)", t.Server(), fmt.Sprint(systemBundles))
}
