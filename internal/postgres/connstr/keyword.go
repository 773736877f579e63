package connstr

import (
	"errors"
	"strings"
)

// keywords maps the libpq keywords in use to fields.
var keywords = map[string]string{
	"host": "host", "hostaddr": "hostaddr", "port": "port", "dbname": "dbname", "user": "user", "password": "password",
	"sslmode": "sslmode", "sslrootcert": "sslrootcert",
}

// otherKeywords are libpq's other keywords, which are skipped. An unknown
// keyword means that the text has another form.
var otherKeywords = map[string]bool{
	"application_name": true, "channel_binding": true, "client_encoding": true, "connect_timeout": true,
	"fallback_application_name": true, "gssdelegation": true, "gssencmode": true, "gsslib": true, "keepalives": true,
	"keepalives_count": true, "keepalives_idle": true, "keepalives_interval": true, "krbsrvname": true,
	"load_balance_hosts": true, "max_protocol_version": true, "min_protocol_version": true, "oauth_client_id": true,
	"oauth_client_secret": true, "oauth_issuer": true, "oauth_scope": true, "options": true, "passfile": true,
	"replication": true, "require_auth": true, "requirepeer": true, "requiressl": true, "scram_client_key": true,
	"scram_server_key": true, "ssl_max_protocol_version": true, "ssl_min_protocol_version": true, "sslcert": true,
	"sslcertmode": true, "sslcompression": true, "sslcrl": true, "sslcrldir": true, "sslkey": true, "sslkeylogfile": true,
	"sslnegotiation": true, "sslpassword": true, "sslsni": true, "target_session_attrs": true,
	"tcp_user_timeout": true,
}

var errService = errors.New("it refers to a connection service file; write the parameters themselves")

// parseKeyword parses key = value pairs as libpq does: separated by blanks,
// values bare or in single quotes, a backslash before a quote or a backslash.
// The last of equal keywords wins.
func parseKeyword(text string) (fields, error) {
	found := fields{}
	address := ""
	for rest := trimBlank(text); rest != ""; {
		key, value, remainder, err := cutPair(rest)
		if err != nil {
			return nil, err
		}
		rest = remainder
		switch name, known := keywords[key]; {
		case key == "service":
			return nil, errService
		case name == "hostaddr":
			address = value
		case known:
			found[name] = value
		case !otherKeywords[key]:
			return nil, errors.New("it has a keyword that is none of libpq's")
		}
	}
	if found["host"] == "" && address != "" {
		found["host"] = address
	}
	return found, nil
}

func cutPair(text string) (key, value, rest string, err error) {
	i := strings.IndexAny(text, "= \t\r\n\v\f")
	if i < 0 {
		return "", "", "", errors.New("a part of the keyword string has no '='")
	}
	key, rest = text[:i], trimBlank(text[i:])
	if !strings.HasPrefix(rest, "=") {
		return "", "", "", errors.New("a part of the keyword string has no '='; a value that holds a blank must stand in single quotes")
	}
	value, rest, err = cutKeywordValue(trimBlank(rest[1:]))
	return key, value, rest, err
}

func cutKeywordValue(text string) (value, rest string, err error) {
	quoted := strings.HasPrefix(text, "'")
	if quoted {
		text = text[1:]
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			if i++; i < len(text) {
				b.WriteByte(text[i])
			}
		case quoted && c == '\'':
			return b.String(), trimBlank(text[i+1:]), nil
		case !quoted && isBlank(c):
			return b.String(), trimBlank(text[i:]), nil
		default:
			b.WriteByte(c)
		}
	}
	if quoted {
		return "", "", errors.New("a quoted value of the keyword string is not closed")
	}
	return b.String(), "", nil
}

func trimBlank(s string) string { return strings.TrimLeft(s, " \t\r\n\v\f") }

func isBlank(c byte) bool { return strings.IndexByte(" \t\r\n\v\f", c) >= 0 }
