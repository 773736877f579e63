package pgtools

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
)

// Verdict judges a restore by the error of [Process.Wait] and the output. If
// every error is harmless, it returns them and no error. Otherwise the error
// names the first failed statements.
func (l *RestoreLog) Verdict(waited error) ([]RestoreError, error) {
	harmless, harmful, err := l.Outcome(waited)
	if err == nil && len(harmful) > 0 {
		err = StatementsFailed(harmful, len(harmful))
	}
	return harmless, err
}

// Outcome is like Verdict for a caller that judges several restores together:
// it returns the failed statements. err is non-nil if pg_restore did not reach
// its end.
func (l *RestoreLog) Outcome(waited error) (harmless, harmful []RestoreError, err error) {
	l.end()
	exit := &ExitError{Tool: string(Restore)}
	if waited != nil && (!errors.As(waited, &exit) || l.ignored == 0) {
		// It did not reach its end: the connection broke, it was stopped, ….
		return l.harmless, nil, waited
	}
	if i := slices.IndexFunc(l.harmful, RestoreError.connectionLost); i >= 0 {
		return l.harmless, nil, failure.Wrap(&ExitError{Tool: exit.Tool, Code: exit.Code, Status: exit.Status, Stderr: l.harmful[i].told()},
			failure.ServerConnectionClosed, again, "the target server closed the connection in the middle of the restore")
	}
	if i := slices.IndexFunc(l.harmful, RestoreError.passing); i >= 0 {
		return l.harmless, nil, failure.Wrap(&ExitError{Tool: exit.Tool, Code: exit.Code, Status: exit.Status, Stderr: l.harmful[i].told()},
			failure.LockTimeout, again, "the target server gave another session the preference in the middle of the restore")
	}
	// With several connections, it counts the entries with errors, not the
	// errors.
	if len(l.harmful) == 0 && waited != nil && (l.ignored > l.seen || exit.Code != 1) {
		return l.harmless, nil, failure.Wrap(exit, failure.RestoreStatement, "", "pg_restore counts %d errors, of which %d could be read", l.ignored, l.seen)
	}
	return l.harmless, l.harmful, nil
}

// connectionLost reports whether the connection broke. pg_restore continues
// without one, and every further statement fails. A function of the database
// may speak of another connection, such as one of dblink.
func (e RestoreError) connectionLost() bool {
	return !e.Answered && connectionLost.MatchString(e.Message)
}

// yielded matches the errors of a statement that the server ended in favour of
// another.
var yielded = regexp.MustCompile(`^(?:deadlock detected|could not serialize access|canceling statement due to lock timeout)`)

// passing reports whether the statement may succeed in another attempt.
func (e RestoreError) passing() bool { return yielded.MatchString(e.Message) }

// StatementsFailed returns the error of a restore with failed statements: the
// first ones, and the number of all.
func StatementsFailed(failed []RestoreError, count int) error {
	const shown = 5
	lines := make([]string, 0, shown+1)
	for i, e := range failed {
		if i == shown {
			lines = append(lines, fmt.Sprintf("… and %d more", count-shown))
			break
		}
		lines = append(lines, fmt.Sprintf("%s\n  %s", printable.Cut(e.String(), 2000), printable.Cut(strings.ReplaceAll(WithoutTexts(e.Statement), "\n", "\n  "), 500)))
	}
	told := failure.New(failure.RestoreStatement, Remedy(failed[:min(shown, len(failed))]), "statements of the restore failed, %d in all:\n%s", count, strings.Join(lines, "\n"))
	return detailed{told, whole(failed)}
}
