package pgtools

import (
	"regexp"
	"slices"
	"strings"
)

// superuserAttributes are the attributes that only a superuser may set; before
// PostgreSQL 16, only a superuser may even unset them.
var superuserAttributes = regexp.MustCompile(`\s+(NO)?(SUPERUSER|REPLICATION|BYPASSRLS)\b`)

// WithoutSuperuserAttributes adapts a statement of a roles file that a target
// refused. It removes from `ALTER ROLE x WITH NOSUPERUSER … LOGIN …
// NOBYPASSRLS` the attributes that the administrator of a managed server may
// not set, so that the role still gets LOGIN, CREATEDB and the rest. lost names
// the removed attributes that the role had. changed is false for any other
// statement.
func WithoutSuperuserAttributes(statement string) (adapted string, lost []string, changed bool) {
	head, attributes, ok := cutAttributes(statement)
	if !ok {
		return statement, nil, false
	}
	for _, match := range superuserAttributes.FindAllStringSubmatch(attributes, -1) {
		if match[1] == "" && !slices.Contains(lost, match[2]) {
			lost = append(lost, match[2])
		}
	}
	remaining := superuserAttributes.ReplaceAllString(attributes, "")
	return head + remaining, lost, remaining != attributes
}

// cutAttributes cuts ALTER ROLE … WITH before its attributes. The name before
// them may contain anything.
func cutAttributes(statement string) (head, attributes string, ok bool) {
	const prefix = "ALTER ROLE "
	if !strings.HasPrefix(statement, prefix) {
		return "", "", false
	}
	end := len(prefix)
	if strings.HasPrefix(statement[end:], `"`) {
		end += quotedEnd(statement[end:], false)
	} else if space := strings.IndexByte(statement[end:], ' '); space > 0 {
		end += space
	}
	const with = " WITH"
	if !strings.HasPrefix(statement[end:], with+" ") {
		return "", "", false
	}
	return statement[:end+len(with)], statement[end+len(with):], true
}
