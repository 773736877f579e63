package postgres

import (
	"fmt"
	"strings"
)

// listSettings are the settings whose value is a list of names. PostgreSQL
// requires one literal for each name.
var listSettings = map[string]bool{
	"search_path": true, "local_preload_libraries": true, "session_preload_libraries": true,
	"shared_preload_libraries": true, "temp_tablespaces": true, "unix_socket_directories": true,
}

// sql returns the ALTER statement that applies the setting to a database.
func (s Setting) sql(database string) string {
	return fmt.Sprintf("%s SET %s TO %s", s.subject(database), QuoteIdent(s.Name), s.valueSQL())
}

// resetSQL returns the ALTER statement that resets the setting.
func (s Setting) resetSQL(database string) string {
	return fmt.Sprintf("%s RESET %s", s.subject(database), QuoteIdent(s.Name))
}

func (s Setting) subject(database string) string {
	if s.Role != "" {
		return fmt.Sprintf("ALTER ROLE %s IN DATABASE %s", QuoteIdent(s.Role), QuoteIdent(database))
	}
	return "ALTER DATABASE " + QuoteIdent(database)
}

func (s Setting) valueSQL() string {
	if !listSettings[strings.ToLower(s.Name)] {
		return QuoteLiteral(s.Value)
	}
	names, ok := splitNames(s.Value)
	if !ok || len(names) == 0 {
		return QuoteLiteral(s.Value)
	}
	for i, name := range names {
		names[i] = QuoteLiteral(name)
	}
	return strings.Join(names, ", ")
}

// splitNames splits a list of names, bare or in double quotes.
func splitNames(list string) ([]string, bool) {
	var names []string
	for rest := strings.TrimSpace(list); rest != ""; {
		var name string
		if strings.HasPrefix(rest, `"`) {
			var err error
			if name, rest, err = cutRole(rest); err != nil {
				return nil, false
			}
			rest = strings.TrimSpace(rest)
			if rest != "" && rest[0] != ',' {
				return nil, false
			}
			rest = strings.TrimPrefix(rest, ",")
		} else {
			name, rest, _ = strings.Cut(rest, ",")
			name = strings.TrimSpace(name)
		}
		names = append(names, name)
		rest = strings.TrimSpace(rest)
	}
	return names, true
}
