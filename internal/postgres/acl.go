package postgres

import (
	"errors"
	"fmt"
	"strings"
)

// aclItem is a parsed aclitem of a database: "grantee=privileges/grantor".
type aclItem struct {
	// Grantee is "" for PUBLIC.
	Grantee string
	Grantor string
	// Plain lists the privileges without grant option, Grantable those with it.
	Plain     []string
	Grantable []string
}

// databasePrivileges are the letters of a database's aclitems.
var databasePrivileges = map[byte]string{'C': "CREATE", 'T': "TEMPORARY", 'c': "CONNECT"}

var errACL = errors.New("malformed access privileges")

func parseACL(items []string) ([]aclItem, error) {
	parsed := make([]aclItem, 0, len(items))
	for _, text := range items {
		item, err := parseACLItem(text)
		if err != nil {
			return nil, fmt.Errorf("read access privileges %q: %w", text, err)
		}
		parsed = append(parsed, item)
	}
	return parsed, nil
}

func parseACLItem(text string) (aclItem, error) {
	grantee, rest, err := cutRole(text)
	if err != nil || !strings.HasPrefix(rest, "=") {
		return aclItem{}, errACL
	}
	letters, grantor, ok := strings.Cut(rest[1:], "/")
	if !ok {
		return aclItem{}, errACL
	}
	item := aclItem{Grantee: grantee}
	if item.Grantor, rest, err = cutRole(grantor); err != nil || rest != "" {
		return aclItem{}, errACL
	}
	for i := 0; i < len(letters); i++ {
		name, known := databasePrivileges[letters[i]]
		if !known {
			return aclItem{}, errACL
		}
		if i+1 < len(letters) && letters[i+1] == '*' {
			item.Grantable = append(item.Grantable, name)
			i++
			continue
		}
		item.Plain = append(item.Plain, name)
	}
	return item, nil
}

// cutRole cuts the name of a role from the front of text: bare, or in double
// quotes with quotes doubled.
func cutRole(text string) (name, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexByte(text, '=')
		if end < 0 {
			return text, "", nil
		}
		return text[:end], text[end:], nil
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != '"' {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		return b.String(), text[i+1:], nil
	}
	return "", "", errACL
}

// all reports whether the item has every privilege without grant option, as an
// owner has by default.
func (a aclItem) all() bool {
	return len(a.Plain) == len(databasePrivileges) && len(a.Grantable) == 0
}

// grants returns the statements that grant the item's privileges to a role; the
// grantee is "" for PUBLIC.
func (a aclItem) grants(database, grantee string) []string {
	to := "PUBLIC"
	if grantee != "" {
		to = QuoteIdent(grantee)
	}
	var statements []string
	if len(a.Plain) > 0 {
		statements = append(statements, fmt.Sprintf("GRANT %s ON DATABASE %s TO %s", strings.Join(a.Plain, ", "), QuoteIdent(database), to))
	}
	if len(a.Grantable) > 0 {
		statements = append(statements, fmt.Sprintf("GRANT %s ON DATABASE %s TO %s WITH GRANT OPTION", strings.Join(a.Grantable, ", "), QuoteIdent(database), to))
	}
	return statements
}
