package trust

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/pgvault/pgvault/internal/instance"
)

// number matches a last label that resolvers treat as part of an IPv4 address.
// 127.1, 0x7f000001 and 2130706433 are loopback addresses.
var number = regexp.MustCompile(`^([0-9]+|0x[0-9a-f]*)$`)

// maxHost is the length of a DNS name with a dot at its end, in bytes.
const maxHost = 254

// canonicalHost returns the canonical form of a DNS name or an IP address. It
// rejects lists of hosts, socket paths, ports and names that are not ASCII.
func canonicalHost(host string) (string, error) {
	if len(host) > maxHost || instance.CheckHost(host) != nil {
		return "", fmt.Errorf("%s is not a DNS name or an IP address", shown(host))
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().String(), nil
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if number.MatchString(name[strings.LastIndex(name, ".")+1:]) {
		return "", fmt.Errorf("%s is an abbreviated IP address; write it in full", shown(host))
	}
	return name, nil
}

// isIP reports whether a canonical host is an IP address.
func isIP(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// hostPattern is a canonical host, or "*." and a canonical name of two or more
// labels. The asterisk stands for one or more whole labels.
type hostPattern string

func parseHostPattern(text string) (hostPattern, error) {
	suffix, wild := strings.CutPrefix(text, "*.")
	if strings.Contains(suffix, "*") {
		return "", fmt.Errorf("%s is not a pattern of hosts; an asterisk stands for whole labels at the beginning, as in *.postgres.database.azure.com", shown(text))
	}
	host, err := canonicalHost(suffix)
	switch {
	case err != nil:
		return "", err
	case !wild:
		return hostPattern(host), nil
	case isIP(host):
		return "", fmt.Errorf("%s: IP addresses have no patterns; list each of them", shown(text))
	case !strings.Contains(host, "."):
		return "", fmt.Errorf("%s covers too much; write two or more labels after the asterisk, as in *.example.com", shown(text))
	}
	return hostPattern("*." + host), nil
}

// matches reports whether a canonical host matches the pattern.
func (p hostPattern) matches(host string) bool {
	suffix, wild := strings.CutPrefix(string(p), "*")
	if !wild {
		return host == string(p)
	}
	return strings.HasSuffix(host, suffix) // suffix begins with a dot, and a host never does
}

// under reports whether a canonical host is a subdomain of one of the domains.
func under(host string, domains ...string) bool {
	for _, domain := range domains {
		if hostPattern("*." + domain).matches(host) {
			return true
		}
	}
	return false
}

// shown returns untrusted text for a message: quoted, escaped and bounded.
func shown(text string) string {
	const most = 100
	if len(text) > most {
		return fmt.Sprintf("%q… (%d bytes)", text[:most], len(text))
	}
	return fmt.Sprintf("%q", text)
}
