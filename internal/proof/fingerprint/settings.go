package fingerprint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/postgres"
)

// fixed are the settings that pg_dump sets before it reads rows, in
// setup_connection of pg_dump.c.
var fixed = []Setting{
	{"DateStyle", "ISO"}, {"IntervalStyle", "postgres"}, {"extra_float_digits", "3"}, {"quote_all_identifiers", "on"}, {"search_path", ""},
}

// The settings that the archive records.
const (
	encodingSetting = "client_encoding"
	// stringsSetting shapes no text, but the meaning of the condition by which an
	// extension restricts the dump of its table.
	stringsSetting = "standard_conforming_strings"
)

// SessionSettings are the settings that shape the text of rows and that pg_dump
// takes from its session: of the server, the database or the role.
var SessionSettings = []string{"TimeZone", "bytea_output", "lc_monetary", "xmloption"}

// SettingsOf returns all settings that shape the text of rows. session are the
// values of [SessionSettings]. The archive records its encoding, and
// standardStrings, the value of standard_conforming_strings.
func SettingsOf(session []Setting, encoding, standardStrings string) []Setting {
	all := append(slices.Concat(fixed, session), Setting{encodingSetting, encoding}, Setting{stringsSetting, standardStrings})
	slices.SortFunc(all, func(a, b Setting) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return all
}

// SettingsSQL returns the statement that sets the settings in a session. It
// returns an [ErrDamaged] if one of them is not a setting that shapes text: a file
// may be a stranger's.
func SettingsSQL(settings []Setting) (string, error) {
	values := make([]string, len(settings))
	for i, s := range settings {
		isFixed := slices.ContainsFunc(fixed, func(f Setting) bool { return f.Name == s.Name })
		if !isFixed && s.Name != encodingSetting && s.Name != stringsSetting && !slices.Contains(SessionSettings, s.Name) {
			return "", fmt.Errorf("%w: they have the setting %.80q", ErrDamaged, s.Name)
		}
		values[i] = "(" + postgres.QuoteLiteral(s.Name) + ", " + postgres.QuoteLiteral(s.Value) + ")"
	}
	if len(values) == 0 {
		return "", nil
	}
	return "SELECT pg_catalog.set_config(s.name, s.value, false) FROM (VALUES " + strings.Join(values, ", ") + ") AS s (name, value)", nil
}
