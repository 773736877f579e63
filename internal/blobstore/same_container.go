package blobstore

import (
	"net"
	"net/url"
	"strings"
)

// SameContainer reports whether two URLs certainly name the same container. It
// ignores case, the default port and a trailing slash or dot. It treats the
// secondary and the private host of an account, and the form with an address
// instead of a host, as equal. It does not resolve custom domains.
func SameContainer(a, b string) bool {
	one, ok := placeOf(a)
	other, alsoOK := placeOf(b)
	if !ok || !alsoOK {
		return false
	}
	// A URL with an address has no domain to compare.
	if one.domain == "" || other.domain == "" {
		one.domain, other.domain = "", ""
	}
	// A URL with a host has no address to compare.
	if one.address == "" || other.address == "" {
		one.address, other.address = "", ""
	}
	return one == other
}

// place is the canonical form of a container's URL. Either domain or address is
// set.
type place struct{ account, container, port, domain, address string }

func placeOf(containerURL string) (place, bool) {
	u, err := url.Parse(containerURL)
	if err != nil || u.Host == "" {
		return place{}, false
	}
	p := place{port: u.Port()}
	if p.port == "" {
		p.port = map[string]string{"https": "443", "http": "80"}[strings.ToLower(u.Scheme)]
	}
	names := strings.Split(strings.Trim(strings.ToLower(u.Path), "/"), "/")
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if ip := net.ParseIP(host); ip != nil {
		p.address = ip.String()
		if ip.IsLoopback() {
			p.address = "loopback"
		}
		p.account, names = names[0], names[1:]
	} else {
		p.account, p.domain, _ = strings.Cut(host, ".")
		p.domain = strings.TrimPrefix(p.domain, "privatelink.")
		p.domain = strings.TrimPrefix(strings.TrimPrefix(p.domain, "blob."), "dfs.")
	}
	if len(names) != 1 || names[0] == "" {
		return place{}, false
	}
	p.account, p.container = strings.TrimSuffix(p.account, "-secondary"), names[0]
	return p, true
}
