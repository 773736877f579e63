package postgres

import "strings"

// QuoteIdent returns a name as a quoted SQL identifier.
func QuoteIdent(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// QuoteLiteral returns a value as an SQL string literal that is correct under
// either setting of standard_conforming_strings.
func QuoteLiteral(value string) string {
	quoted := `'` + strings.ReplaceAll(value, `'`, `''`) + `'`
	if strings.Contains(value, `\`) {
		return `E` + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}
