package pgtools

import (
	"regexp"
	"strings"

	"github.com/pgvault/pgvault/internal/postgres"
)

// heldLines is the number of lines kept from a server's error on.
const heldLines = 100

// stderrFilter leaves out of a child's standard error what may quote rows or
// settings. The unchanged lines go only to the one who judges the error.
//
// Whether code of the database has raised an error is known from its context,
// which follows its message. The message may look like the child's own lines. So
// from the first error of the server on, lines are held until the end.
type stderrFilter struct {
	// leaving reports whether further lines of a message are left out.
	leaving bool
	// held begins with the first error of the server.
	held []string
	// quoting reports whether a held error may quote values.
	quoting bool
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

// serverError matches up to the message of an error that the server sent.
var serverError = regexp.MustCompile(`^.*?(?:ERROR|FATAL|PANIC):  `)

// told returns what may be told of a line at once, and whether that is anything.
func (f *stderrFilter) told(line string) (string, bool) {
	line, ok := f.line(line)
	if len(f.held) == 0 && (!ok || !serverError.MatchString(line)) {
		return line, ok
	}
	if ok && len(f.held) < heldLines {
		f.held = append(f.held, line)
	}
	return "", false
}

func (f *stderrFilter) line(line string) (string, bool) {
	switch {
	case fieldLine.MatchString(line):
		context, ok := strings.CutPrefix(line, "CONTEXT:  ")
		f.quoting = f.quoting || ok && postgres.OfFunction(context)
		return "", false
	case noticeLine.MatchString(line):
		f.leaving = true
		if text := toldNotice.FindString(line); text != "" {
			return text, true
		}
		severity, _, _ := strings.Cut(line, ":")
		return severity + ":  " + postgres.LeftOut, true
	case serverError.MatchString(line):
		f.leaving = true // the further lines of the message
		f.quoting = f.quoting || quotesValue.MatchString(serverError.ReplaceAllString(line, ""))
		return line, true
	case ownLine.MatchString(line):
		f.leaving = false
	}
	return line, !f.leaving
}

// rest returns what may be told of the lines that were held.
func (f *stderrFilter) rest() []string {
	held := f.held
	f.held = nil
	if len(held) > 0 && f.quoting {
		return []string{serverError.FindString(held[0]) + postgres.LeftOut}
	}
	return held
}
