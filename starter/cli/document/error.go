package document

import (
	"errors"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
)

// Interrupted is the code of a command that a person ended. A job that it waited for
// continues.
const Interrupted = "Interrupted"

// Error is why a command failed.
type Error struct {
	// Code is one of the codes in docs/FAILURES.md, or "Interrupted".
	Code string `json:"code"`
	// Message says what is wrong and names the object. It may have several lines.
	Message string `json:"message"`
	// Remedy is what to do about it: a sentence, a command or SQL. It is empty if
	// nothing is known.
	Remedy string `json:"remedy"`
	// Findings are the single mistakes, if there are several.
	Findings []Finding `json:"findings"`
}

// Finding is a single result of a check.
type Finding struct {
	// Check names the check, such as "grants".
	Check string `json:"check"`
	// Code is one of the codes in docs/FAILURES.md.
	Code string `json:"code"`
	// Message says what is wrong and names the object.
	Message string `json:"message"`
	// Objects are the objects at fault.
	Objects []string `json:"objects"`
	// Remedy is what to do about it.
	Remedy string `json:"remedy,omitempty"`
}

// ErrorOf returns the document of an error.
func ErrorOf(err error) Error {
	var f *failure.Error
	if !errors.As(err, &f) {
		return Error{Code: string(failure.Internal), Message: err.Error()}
	}
	e := Error{Code: string(f.Code), Message: err.Error(), Remedy: f.Action, Findings: each(f.Findings, findingOf)}
	if context, ok := strings.CutSuffix(e.Message, f.Error()); ok {
		e.Message = context + f.Summary()
	}
	return e
}

func findingOf(f failure.Finding) Finding {
	return Finding{Check: f.Check, Code: string(f.Code), Message: f.Message, Objects: f.Objects, Remedy: f.Action}
}
