package pgtools

import (
	"regexp"
	"strings"

	"github.com/pgvault/pgvault/internal/postgres"
)

// stderrFilter leaves out of a child's standard error what may quote rows or
// settings. The unchanged lines go only to the one who judges the error.
type stderrFilter struct {
	// leaving reports whether further lines of a notice are left out.
	leaving bool
}

var (
	// The further fields of a server's message.
	fieldLine = regexp.MustCompile(`^(?:DETAIL|HINT|CONTEXT|QUERY|STATEMENT|LOCATION):  `)
	// WARNING:  invalid value for parameter "default_tablespace": "fast"
	noticeLine = regexp.MustCompile(`^(?:WARNING|NOTICE|INFO|LOG|DEBUG):  `)
	// toldNotice matches the beginnings of notices that name only objects. Code of
	// the database can raise any other text.
	toldNotice = regexp.MustCompile(`^[A-Z]+:  (?:(?:invalid value for|permission denied to set|unrecognized configuration) parameter "[^"]*"` +
		`|database "(?:[^"]|"")*" has (?:a collation version mismatch|no actual collation version, but a version was recorded)` +
		`|role password will expire soon|authenticated with an MD5-encrypted password)`)
	ownLine = regexp.MustCompile(`^pg_\w+: `)
)

// told returns what may be told of a line, and whether that is anything.
func (f *stderrFilter) told(line string) (string, bool) {
	switch {
	case fieldLine.MatchString(line):
		return "", false
	case noticeLine.MatchString(line):
		f.leaving = true
		if text := toldNotice.FindString(line); text != "" {
			return text, true
		}
		severity, _, _ := strings.Cut(line, ":")
		return severity + ":  " + postgres.LeftOut, true
	case ownLine.MatchString(line):
		f.leaving = false
	}
	if before, message, ok := strings.Cut(line, "ERROR:  "); ok && quotesValue.MatchString(message) {
		return before + "ERROR:  " + postgres.LeftOut, true
	}
	return line, !f.leaving
}
