package blobstore

import (
	"net"
	"net/url"
	"strings"
)

// SameContainer reports whether two URLs certainly name one container. Case,
// the default port, a slash or dot at the end, the account's secondary host and
// its private one make no difference, nor does the form with an address in
// place of a host. A name of somebody's own domain is not looked up.
func SameContainer(a, b string) bool {
	one, ok := placeOf(a)
	other, alsoOK := placeOf(b)
	if !ok || !alsoOK {
		return false
	}
	// An address says nothing of the domain.
	if one.domain == "" || other.domain == "" {
		one.domain, other.domain = "", ""
	}
	// A host says nothing of the address.
	if one.address == "" || other.address == "" {
		one.address, other.address = "", ""
	}
	return one == other
}

// place is what a container's URL says, in one form. It has either a domain or
// an address.
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
