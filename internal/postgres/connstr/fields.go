package connstr

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/pgvault/pgvault/internal/secret"
)

// fields are the values found, by libpq's names: host, port, dbname, user,
// password, sslmode, sslrootcert.
type fields map[string]string

// set sets a field. It returns an error if the field already has a different
// value, under another name.
func (f fields) set(name, value string) error {
	if old, ok := f[name]; ok && old != value {
		return fmt.Errorf("it gives %s twice, with different values", what[name])
	}
	f[name] = value
	return nil
}

// what describes the fields in errors.
var what = map[string]string{
	"host": "the host", "port": "the port", "dbname": "the database", "user": "the user",
	"password": "the password", "sslmode": "the TLS mode", "sslrootcert": "the root certificate",
}

func (f fields) params() (Params, error) {
	for name, value := range f {
		if strings.ContainsAny(value, "\x00\r\n") {
			return Params{}, fmt.Errorf("%s has a line break or a NUL in it", what[name])
		}
	}
	if f["password"] == "" {
		return Params{}, errors.New("it has no password")
	}
	host, port, err := hostAndPort(f["host"], f["port"])
	if err != nil {
		return Params{}, err
	}
	mode, err := sslMode(f["sslmode"])
	if err != nil {
		return Params{}, err
	}
	return Params{
		Host: host, Port: port, Database: f["dbname"], User: f["user"],
		Password: secret.New(f["password"]), SSLMode: mode, SSLRootCert: f["sslrootcert"],
	}, nil
}

func hostAndPort(host, port string) (string, int, error) {
	host, port = strings.TrimSpace(host), strings.TrimSpace(port)
	switch {
	case strings.Contains(host, ",") || strings.Contains(port, ","):
		return "", 0, errors.New("it names several hosts; a backup reads from one")
	case strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@"):
		return "", 0, errors.New("its host is a socket directory; a name or an address is needed")
	}
	host, port = splitPort(host, port)
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	}
	if host != "" && net.ParseIP(host) == nil && !isHostName(host) {
		return "", 0, errors.New("its host is neither a name nor an address")
	}
	if port == "" {
		return host, 0, nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", 0, errors.New("its port is not a number from 1 to 65535")
	}
	return host, int(n), nil
}

// splitPort splits the port from a host written as host:port or [address]:port,
// as Npgsql accepts it.
func splitPort(host, port string) (string, string) {
	if port != "" || net.ParseIP(host) != nil {
		return host, port
	}
	if h, p, err := net.SplitHostPort(host); err == nil && p != "" {
		return h, p
	}
	return host, port
}

func isHostName(host string) bool {
	for _, r := range host {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r > 0x7f:
		case r == '-', r == '_', r == '.', r == '%':
		default:
			return false
		}
	}
	return len(host) <= 253
}

// sslMode returns libpq's name of a mode in libpq's or Npgsql's spelling.
func sslMode(mode string) (string, error) {
	folded := fold(mode)
	switch folded {
	case "":
		return "", nil
	case "disable", "allow", "prefer", "require":
		return folded, nil
	case "verifyca":
		return "verify-ca", nil
	case "verifyfull":
		return "verify-full", nil
	}
	return "", errors.New("its TLS mode is none of disable, allow, prefer, require, verify-ca, verify-full")
}

// fold normalizes the spelling of a key: "User Id", "user_id", "UserId".
func fold(key string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "\t", "", "_", "", "-", "").Replace(key))
}
