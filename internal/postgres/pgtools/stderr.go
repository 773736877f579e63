package pgtools

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/pgvault/pgvault/internal/failure/printable"
)

const (
	// keptBytes is the number of bytes kept of the head and of the tail, for
	// errors.
	keptBytes = 4 << 10
	// keptLines is the number of lines kept as warnings.
	keptLines = 100
	// lineLimit is the length at which a line is cut.
	lineLimit = 64 << 10
)

// stderrLog collects a child's standard error: line by line, redacted, bounded.
type stderrLog struct {
	redact  redactor
	forward io.Writer
	filter  stderrFilter

	mu      sync.Mutex
	partial []byte
	lines   []string
	head    []string
	tail    []string
	sizes   struct{ head, tail int }
	omitted int
	// end is the end of the output, for details.
	end []byte
}

func newStderrLog(r redactor, forward io.Writer) *stderrLog {
	return &stderrLog{redact: r, forward: forward}
}

// Write never fails, since its error would stop the child.
func (l *stderrLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial = append(l.partial, b...)
	for {
		end := bytes.IndexByte(l.partial, '\n')
		if end < 0 && len(l.partial) > lineLimit {
			end = lineLimit
		}
		if end < 0 {
			return len(b), nil
		}
		l.add(string(l.partial[:end]))
		l.partial = bytes.TrimPrefix(l.partial[end:], []byte("\n"))
	}
}

// flush adds a last line without a line break, and the lines that were held.
func (l *stderrLog) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.partial) > 0 {
		l.add(string(l.partial))
		l.partial = nil
	}
	for _, line := range l.filter.rest() {
		l.keep(line)
	}
}

func (l *stderrLog) add(line string) {
	line = l.redact.line(strings.TrimSuffix(line, "\r"))
	if l.forward != nil {
		_, _ = io.WriteString(l.forward, line+"\n")
	}
	l.end = append(append(l.end, line...), '\n')
	l.end = l.end[max(0, len(l.end)-maxDetails):]
	if line, ok := l.filter.told(line); ok {
		l.keep(line)
	}
}

func (l *stderrLog) keep(line string) {
	if strings.TrimSpace(line) != "" && len(l.lines) < keptLines {
		l.lines = append(l.lines, printable.Cut(line, keptBytes))
	}
	line = printable.Cut(line, keptBytes/2)
	if len(l.tail) == 0 && l.sizes.head+len(line) <= keptBytes {
		l.head = append(l.head, line)
		l.sizes.head += len(line) + 1
		return
	}
	l.tail = append(l.tail, line)
	l.sizes.tail += len(line) + 1
	for l.sizes.tail > keptBytes {
		l.sizes.tail -= len(l.tail[0]) + 1
		l.tail = l.tail[1:]
		l.omitted++
	}
}

func (l *stderrLog) first() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines
}

// whole returns the end of the output.
func (l *stderrLog) whole() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.end)
}

// excerpt returns the head and the tail.
func (l *stderrLog) excerpt() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := append([]string{}, l.head...)
	if l.omitted > 0 {
		lines = append(lines, fmt.Sprintf("… %d lines left out …", l.omitted))
	}
	return strings.TrimSpace(strings.Join(append(lines, l.tail...), "\n"))
}
