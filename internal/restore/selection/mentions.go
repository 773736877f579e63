package selection

import "strings"

// qualified is the name of an object with its schema.
type qualified struct{ schema, name string }

// longestName bounds a name in a statement, in bytes, with its quotes. The
// server's limit is 63 bytes, and a quote in a name is doubled.
const longestName = 1 << 10

// mentioned calls found for each qualified name that stands in a statement, as
// pg_dump writes them: after a blank or a parenthesis, and before the end, a
// blank, a comma, a semicolon or a closing parenthesis. It stops if found
// returns false.
func mentioned(sql string, found func(qualified) bool) {
	for i := range len(sql) - 1 {
		if sql[i] != ' ' && sql[i] != '(' {
			continue
		}
		schema, rest, ok := identifier(sql[i+1:])
		if !ok || !strings.HasPrefix(rest, ".") {
			continue
		}
		name, rest, ok := identifier(rest[1:])
		if ok && (rest == "" || strings.ContainsAny(rest[:1], " \n;,)")) && !found(qualified{schema, name}) {
			return
		}
	}
}

// identifier returns the name at the beginning of text.
func identifier(text string) (name, rest string, ok bool) {
	if strings.HasPrefix(text, `"`) {
		return quotedIdentifier(text)
	}
	end := 0
	for end < min(len(text), longestName) && isNameByte(text[end], end) {
		end++
	}
	return text[:end], text[end:], end > 0
}

// quotedIdentifier returns the quoted name at the beginning of text.
func quotedIdentifier(text string) (name, rest string, ok bool) {
	for i := 1; i < min(len(text), longestName); i++ {
		switch {
		case text[i] != '"':
		case i+1 < len(text) && text[i+1] == '"':
			i++
		default:
			return strings.ReplaceAll(text[1:i], `""`, `"`), text[i+1:], true
		}
	}
	return "", "", false
}

// isNameByte reports whether a name that pg_dump writes without quotes may have
// the byte at that position.
func isNameByte(c byte, at int) bool {
	return c == '_' || 'a' <= c && c <= 'z' || at > 0 && '0' <= c && c <= '9'
}
