package trust

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// address is an https URL in canonical form: the canonical host, the port
// unless it is 443, and the segments of the path.
type address struct {
	host, port string
	path       []string
}

// maxURL bounds the URLs of jobs and instances, in bytes.
const maxURL = 2048

// parseAddress parses a URL that has only a host, a port and a path. Its errors
// do not contain the URL, which may contain a signature.
func parseAddress(text string) (address, error) {
	if len(text) > maxURL {
		return address{}, errors.New("is too long")
	}
	if strings.ContainsAny(text, "@?#") {
		return address{}, errors.New("must have no user, query or signature")
	}
	if strings.ContainsAny(text, `%\`) {
		return address{}, errors.New("must have no escapes")
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || strings.HasSuffix(u.Host, ":") {
		return address{}, errors.New("is not a URL")
	}
	if u.Scheme != "https" {
		return address{}, errors.New("does not begin with https://")
	}
	a := address{path: strings.Split(strings.TrimPrefix(u.Path, "/"), "/")}
	if a.host, err = canonicalHost(u.Hostname()); err != nil {
		return address{}, errors.New("has a host that is neither a DNS name nor an IP address")
	}
	if u.Port() == "" {
		return a, nil
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || port == 0 {
		return address{}, errors.New("has a port that is not a number from 1 to 65535")
	}
	if port != 443 {
		a.port = strconv.FormatUint(port, 10)
	}
	return a, nil
}

// origin returns the URL without its path.
func (a address) origin() string {
	switch {
	case a.port != "":
		return "https://" + net.JoinHostPort(a.host, a.port)
	case strings.Contains(a.host, ":"):
		return "https://[" + a.host + "]"
	}
	return "https://" + a.host
}

// local reports whether the host is this machine.
func (a address) local() bool {
	ip, err := netip.ParseAddr(a.host)
	return err == nil && ip.IsLoopback() || a.host == "localhost" || strings.HasSuffix(a.host, ".localhost")
}

// matchName reports whether a name matches a pattern. The pattern may end in an
// asterisk.
func matchName(pattern, name string) bool {
	prefix, wild := strings.CutSuffix(pattern, "*")
	return name == pattern || wild && strings.HasPrefix(name, prefix)
}
