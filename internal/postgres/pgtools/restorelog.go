package pgtools

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"github.com/pgvault/pgvault/internal/failure/printable"
)

// RestoreError is a statement that pg_restore could not execute.
type RestoreError struct {
	// TOCEntry is the entry of the archive, such as `215; 1259 16389 TABLE t
	// postgres`, if pg_restore is verbose.
	TOCEntry string
	// Statement is the statement as quoted by pg_restore, possibly cut off.
	Statement string
	// Message is the server's message with DETAIL and CONTEXT, by which the error is
	// judged. It may quote rows.
	Message string
	// Told is what may be told of the message outside the worker; "" if that is to be
	// derived from the message.
	Told string
	// State is the SQLSTATE; "" if unknown, as in pg_restore's output.
	State string
	// Answered reports whether it is a statement's error that the server sent, after
	// which the connection goes on.
	Answered bool
	// Harmless reports whether the error loses nothing of the database; Why is
	// the reason.
	Harmless bool
	Why      string
}

// String returns the error as one line, without rows and texts of the database.
func (e RestoreError) String() string {
	text := e.told()
	if e.TOCEntry != "" {
		text = e.TOCEntry + ": " + text
	}
	if e.Why != "" {
		text += " (" + e.Why + ")"
	}
	return text
}

const (
	// keptErrors bounds the list of errors of either kind.
	keptErrors = 1000
	// keptText bounds each text of an error, in bytes. The server and the owner of
	// the database decide how long they are.
	keptText = 8 << 10
)

// Bounded returns the error with texts of at most 8 KiB.
func (e RestoreError) Bounded() RestoreError {
	e.TOCEntry, e.Statement, e.Message = printable.Cut(e.TOCEntry, keptText), printable.Cut(e.Statement, keptText), printable.Cut(e.Message, keptText)
	return e
}

// RestoreLog parses pg_restore's standard error as it is written. Set it as
// [Command.Stderr] and call Verdict or Outcome after the end.
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

// Write parses the next lines.
func (l *RestoreLog) Write(b []byte) (int, error) {
	l.partial = append(l.partial, b...)
	for {
		line, rest, ok := bytes.Cut(l.partial, []byte("\n"))
		if !ok && len(l.partial) > lineLimit {
			line, rest, ok = l.partial[:lineLimit], l.partial[lineLimit:], true
		}
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

// line parses a line by pg_restore's format. An error starts with "from TOC
// entry …", if pg_restore is verbose and the entry is new, and "error: could
// not execute query: ERROR: …". The server's further lines follow, and then
// "Command was: …" up to the next message.
func (l *RestoreLog) line(line string) {
	if !strings.HasPrefix(line, "pg_restore: ") {
		l.continuation(line)
		return
	}
	l.end()
	switch match := errorLine.FindStringSubmatch(line); {
	case match != nil:
		message, answered := strings.CutPrefix(strings.TrimPrefix(match[1], queryError), "ERROR:")
		l.current = &RestoreError{TOCEntry: l.entry, Message: strings.TrimSpace(message), Answered: answered}
	case fromEntry.MatchString(line):
		l.entry = fromEntry.FindStringSubmatch(line)[1]
	case whileStage.MatchString(line):
		l.entry = ""
	case ignoredLine.MatchString(line):
		l.ignored, _ = strconv.Atoi(ignoredLine.FindStringSubmatch(line)[1])
	}
}

func (l *RestoreLog) continuation(line string) {
	// A server warns at sign-in of passwords that expire or are stored as MD5.
	// A pg_restore that reconnects prints the warning between its own lines.
	if strings.HasPrefix(line, "WARNING:  ") {
		l.end()
	}
	if l.current == nil {
		return
	}
	if command, ok := strings.CutPrefix(line, commandWas); ok && !l.inQuery {
		l.inQuery = true
		l.current.Statement = command
		return
	}
	text := &l.current.Message
	if l.inQuery {
		text = &l.current.Statement
	}
	if len(*text) <= keptText && (l.inQuery || line != "") {
		*text += "\n" + line
	}
}

// end completes the current error and judges it.
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
		*list = append(*list, e.Bounded())
	}
}
