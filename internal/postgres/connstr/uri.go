package connstr

import (
	"errors"
	"net/url"
	"strings"
)

func isURI(text string) bool {
	scheme, _, ok := strings.Cut(text, "://")
	return ok && (strings.EqualFold(scheme, "postgres") || strings.EqualFold(scheme, "postgresql"))
}

var errEncoding = errors.New("the URI has a '%' that no two hexadecimal digits follow; a literal one is written %25")

// parseURI parses postgresql://user:password@host:port/database?parameters. It
// does not use net/url, whose errors quote the text and which rejects passwords
// that libpq accepts.
func parseURI(text string) (fields, error) {
	_, rest, _ := strings.Cut(text, "://")
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	raw := map[string]string{}
	if i := strings.IndexByte(authority, '@'); i >= 0 {
		raw["user"], raw["password"], _ = strings.Cut(authority[:i], ":")
		authority = authority[i+1:]
	}
	if strings.Contains(authority, "@") || strings.Contains(path, "@") && raw["password"] == "" && !strings.Contains(path, "password=") {
		return nil, errors.New("the URI's '@' is ambiguous; in user and password write it %40, and '/' %2F, '?' %3F, '#' %23, ':' %3A")
	}
	var err error
	if raw["host"], raw["port"], err = cutHost(authority); err != nil {
		return nil, err
	}
	path, query, _ := strings.Cut(path, "?")
	raw["dbname"] = strings.TrimPrefix(path, "/")
	return decodeURI(raw, query)
}

// cutHost splits host:port; the host may be an IPv6 address in brackets.
func cutHost(authority string) (host, port string, err error) {
	if !strings.HasPrefix(authority, "[") {
		host, port, _ = strings.Cut(authority, ":")
		return host, port, nil
	}
	end := strings.IndexByte(authority, ']')
	if end < 0 {
		return "", "", errors.New("the URI's IPv6 address is not closed by ']'")
	}
	host, port = authority[:end+1], authority[end+1:]
	if port != "" && !strings.HasPrefix(port, ":") && !strings.HasPrefix(port, ",") {
		return "", "", errors.New("text follows the URI's IPv6 address")
	}
	return host, strings.TrimPrefix(port, ":"), nil
}

// decodeURI decodes percent-encoding. The query's parameters override the
// others, as in libpq.
func decodeURI(raw map[string]string, query string) (fields, error) {
	found := fields{}
	for name, value := range raw {
		decoded, err := url.PathUnescape(value)
		if err != nil {
			return nil, errEncoding
		}
		if decoded != "" {
			found[name] = decoded
		}
	}
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		key, value, _ := strings.Cut(pair, "=")
		key, keyErr := url.PathUnescape(key)
		value, valueErr := url.PathUnescape(value)
		if keyErr != nil || valueErr != nil {
			return nil, errEncoding
		}
		switch name := keywords[key]; {
		case key == "service":
			return nil, errService
		case key == "ssl" && value == "true":
			found["sslmode"] = "require"
		case name != "" && name != "hostaddr":
			found[name] = value
		}
	}
	return found, nil
}
