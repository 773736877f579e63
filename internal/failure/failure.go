package failure

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Error is a failure with a code, the object at fault and the remedy.
type Error struct {
	Code Code
	// Message says what is wrong and names the object, in one sentence.
	Message string
	// Action is the remedy: a sentence, a command or SQL to paste. It may be empty.
	Action string
	// Findings are the findings that the error combines, if it combines
	// several.
	Findings []Finding
	// Err is the cause, or nil. Its text is shown, so it must not contain a
	// secret.
	Err error
}

// Finding is a single result of a check.
type Finding struct {
	// Check names the check: "secret", "trust", "network", "sign-in", "tool", "grants", "row security", "vault", "immutability", "storage".
	Check string `json:"check"`
	Code  Code   `json:"code"`
	// Message says what is wrong and names the object.
	Message string `json:"message"`
	// Objects are the objects at fault, as SQL or resource names.
	Objects []string `json:"objects,omitempty"`
	// Action is the remedy: SQL, a role assignment, a sentence.
	Action string `json:"action,omitempty"`
}

// New returns an error without a cause.
func New(code Code, action, format string, args ...any) *Error {
	return &Error{Code: code, Action: action, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns an error with a cause.
func Wrap(err error, code Code, action, format string, args ...any) *Error {
	return &Error{Code: code, Action: action, Message: fmt.Sprintf(format, args...), Err: err}
}

// FromFindings combines findings into one error; nil if there are none. Checks
// run in order of their dependencies. So the code is that of the first finding
// that needs a person, or else of the first finding.
func FromFindings(findings []Finding) error {
	if len(findings) == 0 {
		return nil
	}
	lines := make([]string, 0, len(findings))
	actions := make([]string, 0, len(findings))
	for _, f := range findings {
		lines = append(lines, fmt.Sprintf("%s: %s", f.Check, f.Message))
		if f.Action != "" {
			actions = append(actions, f.Action)
		}
	}
	decisive := max(0, slices.IndexFunc(findings, func(f Finding) bool { return !f.Code.Retryable() }))
	return &Error{
		Code:     findings[decisive].Code,
		Message:  strings.Join(lines, "\n"),
		Action:   strings.Join(actions, "\n"),
		Findings: findings,
	}
}

// Summary returns the message and the cause.
func (e *Error) Summary() string {
	if e.Err == nil {
		return e.Message
	}
	return fmt.Sprintf("%s: %s", e.Message, e.Err)
}

// Error returns the code, message, cause and remedy.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %s", e.Code, e.Summary())
	if e.Action != "" {
		text += "\nTo mend it: " + e.Action
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the outermost *Error in the chain, [Internal] if
// there is none, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
