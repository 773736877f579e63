package pgtools

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
)

// RestoreError is one statement that pg_restore could not execute.
type RestoreError struct {
	// TOCEntry names the archive's entry, like `215; 1259 16389 TABLE t postgres`,
	// if pg_restore was told to be verbose.
	TOCEntry string
	// Statement is the statement as pg_restore quotes it, which may be cut off.
	Statement string
	// Message is the server's message.
	Message string
	// Harmless tells that nothing of the database is lost by it, Why the reason.
	Harmless bool
	Why      string
}

// String is one line for a list.
func (e RestoreError) String() string {
	text := e.Message
	if e.TOCEntry != "" {
		text = e.TOCEntry + ": " + text
	}
	if e.Why != "" {
		text += " (" + e.Why + ")"
	}
	return text
}

// keptErrors bounds the list of either kind: a restore with a million errors
// is told by the first ones.
const keptErrors = 1000

// RestoreLog reads pg_restore's standard error as it comes: give it to
// [Command.Stderr], and ask for the verdict after the end.
type RestoreLog struct {
	partial  []byte
	entry    string
	current  *RestoreError
	inQuery  bool
	harmless []RestoreError
	harmful  []RestoreError
	seen     int
	ignored  int
}

// RestoreErrors reads a whole output.
func RestoreErrors(stderr []byte) []RestoreError {
	l := &RestoreLog{}
	_, _ = l.Write(append(bytes.Clone(stderr), '\n'))
	l.end()
	return append(l.harmful, l.harmless...)
}

// Write takes the next lines.
func (l *RestoreLog) Write(b []byte) (int, error) {
	l.partial = append(l.partial, b...)
	for {
		line, rest, ok := bytes.Cut(l.partial, []byte("\n"))
		if !ok {
			return len(b), nil
		}
		l.line(string(line))
		l.partial = rest
	}
}

var (
	fromEntry   = regexp.MustCompile(`^pg_restore: from TOC entry (.*)$`)
	whileStage  = regexp.MustCompile(`^pg_restore: while [A-Z ]+:$`)
	errorLine   = regexp.MustCompile(`^pg_restore: error: (.*)$`)
	ignoredLine = regexp.MustCompile(`^pg_restore: warning: errors ignored on restore: (\d+)$`)
)

const (
	queryError = "could not execute query: "
	commandWas = "Command was: "
)

// line follows pg_restore's format: an error is "from TOC entry …", if it is
// verbose and the entry differs from the last error's, then "error: could not execute query: ERROR: …"
// with the server's further lines, then "Command was: …" to the next message.
func (l *RestoreLog) line(line string) {
	if !strings.HasPrefix(line, "pg_restore: ") {
		l.continuation(line)
		return
	}
	l.end()
	switch match := errorLine.FindStringSubmatch(line); {
	case match != nil:
		l.current = &RestoreError{TOCEntry: l.entry, Message: cleanMessage(match[1])}
	case fromEntry.MatchString(line):
		l.entry = fromEntry.FindStringSubmatch(line)[1]
	case whileStage.MatchString(line):
		l.entry = ""
	case ignoredLine.MatchString(line):
		l.ignored, _ = strconv.Atoi(ignoredLine.FindStringSubmatch(line)[1])
	}
}

func (l *RestoreLog) continuation(line string) {
	if l.current == nil {
		return
	}
	if command, ok := strings.CutPrefix(line, commandWas); ok && !l.inQuery {
		l.inQuery = true
		l.current.Statement = command
		return
	}
	if l.inQuery {
		l.current.Statement += "\n" + line
		return
	}
	if line != "" {
		l.current.Message += "\n" + line
	}
}

// end closes the current error and judges it.
func (l *RestoreLog) end() {
	if l.current == nil {
		return
	}
	e := *l.current
	l.current, l.inQuery = nil, false
	e.Statement = strings.TrimSpace(e.Statement)
	e.Message = strings.TrimSpace(e.Message)
	e.Why = whyHarmless(e)
	e.Harmless = e.Why != ""
	l.seen++
	list := &l.harmful
	if e.Harmless {
		list = &l.harmless
	}
	if len(*list) < keptErrors {
		*list = append(*list, e)
	}
}

// cleanMessage takes off what pg_restore and the server put before the message.
func cleanMessage(message string) string {
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(message, queryError), "ERROR:"))
}

// Verdict judges the restore by the error of [Process.Wait] and what was
// printed. A restore whose every error is known to be harmless has succeeded:
// the errors are in the list. Anything else is an error, which names the first
// statements that failed.
func (l *RestoreLog) Verdict(waited error) ([]RestoreError, error) {
	l.end()
	exit := &ExitError{Tool: string(Restore)}
	if waited != nil && (!errors.As(waited, &exit) || l.ignored == 0) {
		// It did not get to its end: the connection broke, it was stopped, ….
		return l.harmless, waited
	}
	if i := slices.IndexFunc(l.harmful, RestoreError.connectionLost); i >= 0 {
		return l.harmless, failure.Wrap(&ExitError{Tool: exit.Tool, Code: exit.Code, Status: exit.Status, Stderr: l.harmful[i].Message},
			failure.ServerConnectionClosed, again, "the target server closed the connection in the middle of the restore")
	}
	if len(l.harmful) > 0 {
		return l.harmless, statementsFailed(l.harmful, exit)
	}
	if waited != nil && (l.ignored != l.seen || exit.Code != 1) {
		return l.harmless, failure.Wrap(exit, failure.RestoreStatement, "", "pg_restore counts %d errors, of which %d could be read", l.ignored, l.seen)
	}
	return l.harmless, nil
}

// connectionLost tells an error of the connection: pg_restore goes on without
// one, and every further statement fails for it.
func (e RestoreError) connectionLost() bool { return connectionLost.MatchString(e.Message) }

func statementsFailed(failed []RestoreError, exit *ExitError) error {
	const shown = 5
	lines := make([]string, 0, shown+1)
	for i, e := range failed {
		if i == shown {
			lines = append(lines, fmt.Sprintf("… and %d more", len(failed)-shown))
			break
		}
		lines = append(lines, fmt.Sprintf("%s\n  %s", e, cut(strings.ReplaceAll(e.Statement, "\n", "\n  "), 500)))
	}
	e := failure.New(failure.RestoreStatement, "Mend the cause on the target server (a missing role: restore roles first, or leave out owners and grants; a role that the user may not act for: GRANT it to the user; a missing extension: allow and install it) and restore again.",
		"%d statements of the restore failed:\n%s", len(failed), strings.Join(lines, "\n"))
	// Without what it printed: the statements are named already.
	e.Err = &ExitError{Tool: exit.Tool, Code: exit.Code, Status: exit.Status}
	return e
}
