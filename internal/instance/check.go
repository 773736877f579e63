package instance

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pgvault/pgvault/internal/failure/suggest"
)

// The checks below are for single values. Their errors say what is wrong and
// what to write instead; the caller adds the position. An error about a URL
// never shows its query, which may contain a signature.

var (
	instanceForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*$`)
	hostForm      = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)
	containerForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9]|-[a-z0-9])*$`)
	ownerForm     = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)
	secretForm    = regexp.MustCompile(`^[A-Za-z0-9-]{1,127}$`)
)

// CheckName returns an error if name is not a valid instance name.
func CheckName(name string) error {
	segments := strings.Split(name, "/")
	switch {
	case len(name) > 120:
		return fmt.Errorf("an instance's name has at most 120 characters, this one has %d", len(name))
	case !instanceForm.MatchString(name):
		return fmt.Errorf("%q cannot name an instance; write lower-case letters, digits, '.', '_' and '-', in parts that '/' separates, like shop/orders", name)
	case slices.Contains(segments, "points"):
		return fmt.Errorf("%q cannot name an instance, since the vault keeps recovery points under the part \"points\"; choose another name for that part", name)
	case slices.ContainsFunc(segments, func(s string) bool { return strings.HasSuffix(s, ".") }):
		return fmt.Errorf("%q cannot name an instance, since a part of a blob's name must not end in '.'", name)
	}
	return nil
}

// CheckOwner returns an error if name is not a valid owner of a file.
func CheckOwner(name string) error {
	if !ownerForm.MatchString(name) {
		return fmt.Errorf("%q cannot name an owner; write 1 to 63 lower-case letters, digits, '.', '_' and '-', like team-shop", name)
	}
	return nil
}

// CheckHost returns an error if host is neither a DNS name nor an IP address.
func CheckHost(host string) error {
	if net.ParseIP(host) != nil || (hostForm.MatchString(host) && len(host) <= 253) {
		return nil
	}
	if h, p, err := net.SplitHostPort(host); err == nil {
		return fmt.Errorf("%q is not a host; write the port in a field of its own: host: %s, port: %s", host, h, p)
	}
	return fmt.Errorf("%q is not a host; write a DNS name or an IP address, like db1.example.com", host)
}

// CheckDatabase returns an error if name is not a valid database name. The
// server would silently truncate a longer one.
func CheckDatabase(name string) error {
	if name == "" || len(name) > 63 || strings.ContainsRune(name, 0) || !utf8.ValidString(name) {
		return errors.New("a database's name has 1 to 63 bytes")
	}
	return nil
}

// CheckTLSMode returns an error if mode is not one of the TLS modes.
func CheckTLSMode(mode string) error {
	modes := []string{TLSVerifyFull, TLSVerifyCA, TLSRequire, TLSDisable}
	if !slices.Contains(modes, mode) {
		return fmt.Errorf("%q is not a TLS mode%s; write one of %s", mode, suggest.DidYouMean(mode, modes), strings.Join(modes, ", "))
	}
	return nil
}

// ParseSecretURL splits the URL of a Key Vault secret into the vault's URL and
// the secret's name. It rejects a URL with a version, since every job reads the
// newest version.
func ParseSecretURL(text string) (vaultURL, name string, err error) {
	const form = "https://VAULT.vault.azure.net/secrets/NAME"
	u, err := parseBareURL(text)
	if err != nil {
		return "", "", fmt.Errorf("the secret's URL %w; write %s", err, form)
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	switch {
	case len(parts) == 3 && parts[0] == "secrets":
		return "", "", fmt.Errorf("the secret's URL names a version, but every job reads the newest; write %s://%s/secrets/%s", u.Scheme, u.Host, parts[1])
	case len(parts) != 2 || parts[0] != "secrets" || !secretForm.MatchString(parts[1]):
		return "", "", fmt.Errorf("%q is not a secret's URL; write %s", text, form)
	}
	return "https://" + u.Host, parts[1], nil
}

// CheckContainerURL returns an error if text is not the URL of a blob
// container.
func CheckContainerURL(text string) error {
	const form = "https://ACCOUNT.blob.core.windows.net/CONTAINER"
	u, err := parseBareURL(text)
	if err != nil {
		return fmt.Errorf("the container's URL %w; write %s", err, form)
	}
	parts := strings.Split(strings.TrimPrefix(u.Path, "/"), "/")
	name := parts[len(parts)-1]
	if len(parts) > 2 || len(name) < 3 || len(name) > 63 || !containerForm.MatchString(name) {
		return fmt.Errorf("%q is not a container's URL; write %s, with a name of 3 to 63 lower-case letters, digits and single '-'", text, form)
	}
	return nil
}

// parseBareURL parses an https URL that has only a host and a path.
func parseBareURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		return nil, errors.New("is not a URL")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("must hold no user, query or signature, since sign-in is by Microsoft Entra")
	case u.Scheme != "https":
		return nil, fmt.Errorf("begins with %q, not https", u.Scheme)
	}
	return u, nil
}
