package pgtools

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/pgvault/pgvault/internal/secret"
)

const struckOut = "[redacted]"

// redactor removes secrets from a child's output: our own password in every
// spelling, and anything that looks like another password. User mappings and
// subscriptions of the database have passwords, and errors quote statements.
type redactor struct {
	replacer *strings.Replacer
}

var (
	uriPassword = regexp.MustCompile(`(?i)(postgres(?:ql)?://)[^\s@'"]*@`)
	// A literal may be cut off before its closing quote.
	sqlPassword     = regexp.MustCompile(`(?i)(password"?\s+)(E?'(?:[^']|'')*(?:'|$))`)
	keywordPassword = regexp.MustCompile(`(?i)((?:password|passwd|pwd)\s*=\s*)('(?:[^'\\]|\\.)*(?:'|$)|[^\s'";]+)`)
)

func newRedactor(password secret.String) redactor {
	value := password.Reveal()
	if value == "" {
		return redactor{strings.NewReplacer()}
	}
	var pairs []string
	for _, spelling := range []string{
		value, url.QueryEscape(value), url.PathEscape(value),
		strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace(value),
		strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value),
		strings.ReplaceAll(value, `'`, `''`),
	} {
		pairs = append(pairs, spelling, struckOut)
	}
	return redactor{strings.NewReplacer(pairs...)}
}

func (r redactor) line(text string) string {
	text = r.replacer.Replace(text)
	text = uriPassword.ReplaceAllString(text, "${1}"+struckOut+"@")
	text = sqlPassword.ReplaceAllString(text, "${1}'"+struckOut+"'")
	return keywordPassword.ReplaceAllString(text, "${1}"+struckOut)
}
