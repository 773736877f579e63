package pgtools

import (
	"regexp"
	"strings"

	"github.com/pgvault/pgvault/internal/postgres"
)

// quotesValue matches messages that end with a value: `invalid input syntax for
// type integer: "x"`. A name stands within a message or is no text in quotes
// behind a colon.
var quotesValue = regexp.MustCompile(`(?m): ["'].*$|^value "`)

// told returns what may be told of the message: its first line. The message of
// an error that code of the database has raised, or that quotes a value, is left
// out.
func (e RestoreError) told() string {
	if e.Told != "" {
		return e.Told
	}
	first, rest, _ := strings.Cut(e.Message, "\n")
	_, context, _ := strings.Cut("\n"+rest, "\nCONTEXT:  ")
	if context != "" && !strings.HasPrefix(context, "COPY ") || quotesValue.MatchString(first) {
		first = "the message is left out, since it may quote values"
	}
	if place := postgres.Place(context); place != "" {
		first += " [" + place + "]"
	}
	return first
}

// WithoutTexts returns a statement up to its first string, which may be a
// default, a comment, a setting or a function's body.
func WithoutTexts(statement string) string {
	if at := strings.IndexAny(statement, "'$"); at >= 0 {
		return strings.TrimSpace(statement[:at]) + " …"
	}
	return statement
}
