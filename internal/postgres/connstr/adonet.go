package connstr

import (
	"errors"
	"strings"
)

// adoKeys maps Npgsql's keys and their aliases, folded, to fields. Other keys,
// such as timeouts and pooling, do not apply and are skipped.
var adoKeys = map[string]string{
	"host": "host", "server": "host", "datasource": "host", "address": "host", "addr": "host", "networkaddress": "host",
	"port":     "port",
	"database": "dbname", "db": "dbname", "initialcatalog": "dbname",
	"userid": "user", "username": "user", "user": "user", "uid": "user",
	"password": "password", "pwd": "password", "psw": "password",
	"sslmode":         "sslmode",
	"rootcertificate": "sslrootcert",
}

// parseADONet parses key=value;key=value as .NET's DbConnectionStringBuilder
// does: keys in any case, values bare or quoted by ' or " with the quote
// doubled inside. The last of equal keys wins.
func parseADONet(text string) (fields, error) {
	found := fields{}
	for rest := text; ; {
		rest = strings.TrimLeft(rest, "; \t\r\n")
		if rest == "" && len(found) == 0 {
			return nil, errors.New("it has none of the keys of a connection string")
		}
		if rest == "" {
			return found, nil
		}
		key, after, ok := cutKey(rest)
		if !ok {
			return nil, errors.New("a part of the ADO.NET string has no '='; a value that holds a ';' must stand in quotes")
		}
		value, remainder, err := cutADOValue(strings.TrimLeft(after, " \t\r\n"))
		if err != nil {
			return nil, err
		}
		if name, known := adoKeys[fold(key)]; known {
			found[name] = value
		}
		rest = remainder
	}
}

// cutKey cuts text at the first single '='; a doubled one belongs to the key.
func cutKey(text string) (key, after string, ok bool) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case ';':
			return "", "", false
		case '=':
			if i+1 < len(text) && text[i+1] == '=' {
				i++
				continue
			}
			return text[:i], text[i+1:], true
		}
	}
	return "", "", false
}

func cutADOValue(text string) (value, rest string, err error) {
	if text == "" || (text[0] != '\'' && text[0] != '"') {
		value, rest, _ = strings.Cut(text, ";")
		return strings.TrimSpace(value), rest, nil
	}
	quote := text[0]
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != quote {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == quote {
			b.WriteByte(quote)
			i++
			continue
		}
		rest = strings.TrimLeft(text[i+1:], " \t\r\n")
		if rest != "" && rest[0] != ';' {
			return "", "", errors.New("text follows the closing quote of a value of the ADO.NET string; a quote within quotes must be doubled")
		}
		return b.String(), rest, nil
	}
	return "", "", errors.New("a quoted value of the ADO.NET string is not closed")
}
